#!/usr/bin/env bash
# npm run bench [-- --quick] [-- --only REGEX]: CPU per operation, operations per second, latency and memory of the server, with
# Kamailio and the ratio beside it when Kamailio is installed; then the figures against bench/budget.json.
# The load generator and the peer's configuration are the bench kit (sipload, measure.py): BENCH_KIT, ../shared/bench by default.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kit=${BENCH_KIT:-$here/../../shared/bench}
if [ ! -f "$kit/sipload.c" ]; then
  echo "No bench kit at $kit. Name the folder that holds sipload.c and measure.py: BENCH_KIT=/path/to/bench npm run bench" >&2
  exit 2
fi
work=$here/out/kit
mkdir -p "$work"
cp -r "$kit/." "$work" && chmod -R u+w "$work"
make -s -C "$work"
out=$here/out/figures.json
if command -v kamailio > /dev/null; then
  "$work/compare.sh" "$work/kamailio/run-kamailio.sh" "$here/run-pharos.sh" --out "$out" "$@"
  exec node "$here/budget.mjs" "$out"
fi
echo "Kamailio is not installed: figures without the ratio (apt-get install kamailio kamailio-presence-modules kamailio-xml-modules kamailio-sqlite-modules)"
exec "$work/measure.sh" "$here/run-pharos.sh" --out "$out" "$@"
