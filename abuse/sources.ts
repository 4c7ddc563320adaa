import { limits } from '../kernel/limits.ts';
import { addressBytes } from '../net/cidr.ts';

/**
 * Where something comes from, as far as it can be blamed: an IPv4 address; the first 64 bits of an IPv6 address, since one
 * customer has them all; at the address of this machine itself, address and port, which is one program.
 */
export type Source = (host: string, port: number) => string;

/** Where programs of this machine come from, unless they choose another address of its loopback network. */
export const isThisMachine = (host: string): boolean => host === '127.0.0.1' || host === '::1';

export function createSource(): Source {
  const networks = new Map<string, string>();
  return (host, port) => {
    if (isThisMachine(host)) return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
    if (!host.includes(':')) return host;
    const known = networks.get(host);
    if (known !== undefined) return known;
    const network = networkOf(host);
    if (networks.size >= limits.peersRememberedMax) networks.clear();
    networks.set(host, network);
    return network;
  };
}

/** `2001:db8:1:2::/64`. */
function networkOf(host: string): string {
  const bytes = addressBytes(host);
  if (bytes?.length !== 16) return host;
  const groups = [0, 2, 4, 6].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `${groups.join(':')}::/64`;
}
