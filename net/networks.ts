import { limits } from '../kernel/limits.ts';
import { addressBytes, type Cidr, inNetwork, parseCidr } from './cidr.ts';

/** Tells whether a numeric address, IPv6 without brackets, lies in one of some networks. */
export type Networks = (host: string) => boolean;

/**
 * What was found for an address holds for good, and peers repeat: reading an address costs 1.5 µs, so the verdicts are
 * remembered (limits.peersRememberedMax).
 *
 * @param entries addresses and networks in CIDR form; what is neither is left out
 */
export function networksOf(entries: readonly string[]): Networks {
  const networks = entries.flatMap((entry) => parseCidr(entry) ?? []);
  if (networks.length === 0) return () => false;
  const verdicts = new Map<string, boolean>();
  return (host) => {
    const known = verdicts.get(host);
    if (known !== undefined) return known;
    const verdict = lies(host, networks);
    if (verdicts.size >= limits.peersRememberedMax) verdicts.clear();
    verdicts.set(host, verdict);
    return verdict;
  };
}

function lies(host: string, networks: readonly Cidr[]): boolean {
  const address = addressBytes(host);
  return address !== undefined && networks.some((network) => inNetwork(address, network));
}

/** For a setting: what is wrong with an entry that is no address or network. */
export const faultOfNetwork = (entry: string): string | undefined =>
  parseCidr(entry) === undefined ? 'is no address or network' : undefined;
