import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { familyOf, isLoopback } from './address.ts';

/** An address that an interface of this machine has. */
export interface LocalAddress {
  readonly host: string;
  readonly family: 4 | 6;
  readonly loopback: boolean;
  /** Whether a numeric address lies in the same subnet. */
  holds(peer: string): boolean;
}

/** The addresses that this machine has now. */
export function readLocalAddresses(): readonly LocalAddress[] {
  const found: LocalAddress[] = [];
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal, cidr } of addresses ?? []) {
      found.push(localAddress(address, family === 'IPv6' ? 6 : 4, internal, cidr));
    }
  }
  return found;
}

function localAddress(host: string, family: 4 | 6, loopback: boolean, cidr: string | null): LocalAddress {
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const subnet = new BlockList();
  const length = Number(cidr?.slice(cidr.indexOf('/') + 1) ?? (family === 6 ? 128 : 32));
  subnet.addSubnet(host, length, type);
  return { host, family, loopback, holds: (peer) => subnet.check(withoutZone(peer), type) };
}

/**
 * Chooses which of our addresses to name to a peer: loopback to loopback; else the one in the peer's subnet; else the
 * first that leads out of this machine.
 *
 * @param peer a numeric address
 */
export function chooseLocalAddress(peer: string, addresses: readonly LocalAddress[]): string {
  const family = familyOf(withoutZone(peer)) === 6 ? 6 : 4;
  const loopback = family === 6 ? '::1' : '127.0.0.1';
  if (isLoopback(peer)) return loopback;
  const outward = addresses.filter((address) => address.family === family && !address.loopback);
  const near = outward.find((address) => address.holds(peer));
  // A link-local address reaches nobody beyond the link: only for peers on it (found as `near`), or when all else lacks.
  const wide = outward.find((address) => !/^fe[89ab]/i.test(address.host));
  return (near ?? wide ?? outward[0])?.host ?? loopback;
}

const withoutZone = (host: string): string => {
  const zone = host.indexOf('%');
  return zone < 0 ? host : host.slice(0, zone);
};
