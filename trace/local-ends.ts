import type { Clock, Instant } from '../kernel/clock.ts';
import { instant } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { isWildcard } from '../net/address.ts';
import type { LocalAddress } from '../net/interfaces.ts';
import { chooseLocalAddress } from '../net/interfaces.ts';
import type { Flow, Peer } from '../sip-stack/flow.ts';

/** Milliseconds after which the machine's addresses are read again. */
const addressesValidFor = 60_000;

/** Our end of a flow as the peer sees it: a socket on a wildcard does not know. */
export function createLocalEnds(deps: {
  readonly clock: Clock;
  readLocalAddresses(): readonly LocalAddress[];
}): (flow: Flow) => Peer {
  const known = new Map<string, string>();
  let addresses: readonly LocalAddress[] = [];
  let readAt: Instant = instant(0);
  return ({ local, remote }) => {
    if (!isWildcard(local.host)) return local;
    const now = deps.clock.now();
    if (now - readAt > addressesValidFor) {
      addresses = deps.readLocalAddresses();
      readAt = now;
      known.clear();
    }
    let host = known.get(remote.host);
    if (host === undefined) {
      host = chooseLocalAddress(remote.host, addresses);
      if (known.size >= limits.peersRememberedMax) known.clear();
      known.set(remote.host, host);
    }
    return { host, port: local.port };
  };
}
