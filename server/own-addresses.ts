import { hostname } from 'node:os';
import type { OwnAddress } from '../auth/domains.ts';
import type { Clock, Instant } from '../kernel/clock.ts';
import { instant } from '../kernel/clock.ts';
import { isWildcard } from '../net/address.ts';
import { readLocalAddresses } from '../net/interfaces.ts';
import type { BoundAddress } from '../sip-stack/transport/layer-port.ts';

/** Milliseconds after which the machine's interfaces are looked at again. */
const interfacesValidFor = 60_000;

/**
 * The addresses that count as the main domain: those listened on, on a wildcard those of all interfaces, the name of the
 * machine, `localhost` and the advertised host. Gives the same array for as long as nothing changes.
 */
export function createOwnAddresses(
  deps: { readonly clock: Clock; readonly bound: () => readonly BoundAddress[] },
  advertise: string,
): () => readonly OwnAddress[] {
  let known: readonly OwnAddress[] = [];
  let readAt: Instant = instant(0);
  let listeners = -1;
  return () => {
    const bound = deps.bound();
    const now = deps.clock.now();
    if (bound.length === listeners && now - readAt < interfacesValidFor) return known;
    const next = addressesOf(bound, advertise);
    if (JSON.stringify(next) !== JSON.stringify(known)) known = next;
    readAt = now;
    listeners = bound.length;
    return known;
  };
}

function addressesOf(bound: readonly BoundAddress[], advertise: string): readonly OwnAddress[] {
  const local = readLocalAddresses();
  const names = ['localhost', hostname().toLowerCase(), ...(advertise === '' ? [] : [advertise])];
  return bound.flatMap(({ host, port }) => {
    const family = host.includes(':') ? 6 : 4;
    const hosts = isWildcard(host) ? local.filter((each) => each.family === family).map((each) => each.host) : [host];
    return [...hosts, ...names].map((each) => ({ host: each, port }));
  });
}
