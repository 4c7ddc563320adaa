#!/usr/bin/env bash
# The adapter that the load generator's measure.py asks for: start ROLE PORT (prints the root PID when ready) | stop ROLE | membytes ROLE
# Roles: registrar registrar-auth presence registrar-durable presence-durable. Pharos is durable in every one of them.
# Environment: DOMAIN (bench.test), PHAROS_BENCH_DIR (where databases live), PHAROS_BENCH_DURABILITY (power-loss | process-crash),
# KEEP_DB=1 keeps the database over a stop and start, NODE (node), NODE_FLAGS.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
act=${1:-}; role=${2:-}; port=${3:-5070}; domain=${DOMAIN:-bench.test}
dir=${PHAROS_BENCH_DIR:-$here/bench/out/run}/$role
pidfile=$dir/pid
main=$here/dist/cli/main.js
node=${NODE:-node}

case $act in
start)
  mkdir -p "$dir"
  [ -n "${KEEP_DB:-}" ] || rm -f "$dir"/pharos.sqlite*
  args=(serve --domain "$domain" --listen "udp:127.0.0.1:$port" --database "$dir/pharos.sqlite"
    --set events.subscriptionsPerWatcherMax=100000 --set log.level=info --set log.format=json --set presence.defaultHandling=allow --set server.durability="${PHAROS_BENCH_DURABILITY:-power-loss}")
  # Every user of the load has an account. Without "auth" in the role the loopback is trusted to be who its From says.
  if [ ! -s "$dir/../users.csv" ]; then
    { seq 0 129999 | sed 's/^/u /'; seq 0 499 | sed 's/^/z /'; } | awk -v d="$domain" '{u=sprintf("%s%06d",$1,$2); print u "@" d ",pw-" u}' > "$dir/../users.csv"
  fi
  [ -n "${KEEP_DB:-}" ] && [ -f "$dir/pharos.sqlite" ] ||
    $node "$main" user import "$dir/../users.csv" --domain "$domain" --database "$dir/pharos.sqlite" > "$dir/import.log" 2>&1 ||
    { cat "$dir/import.log" >&2; exit 1; }
  [ "$role" = registrar-auth ] || args+=(--set auth.trustedPeers=127.0.0.1/32)
  # shellcheck disable=SC2086
  $node ${NODE_FLAGS:-} "$main" "${args[@]}" > "$dir/log" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    kill -0 $pid 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    grep -q '"event":"started"' "$dir/log" && break
    sleep 0.1
  done
  echo $pid > "$pidfile"; echo $pid
  ;;
stop)
  [ -s "$pidfile" ] || exit 0
  pid=$(cat "$pidfile"); kill "$pid" 2>/dev/null
  for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null; rm -f "$pidfile"
  [ -n "${KEEP_DB:-}" ] || rm -f "$dir"/pharos.sqlite*
  exit 0
  ;;
membytes) exit 1 ;;
*) echo "usage: $0 start|stop|membytes ROLE [PORT]" >&2; exit 2 ;;
esac
