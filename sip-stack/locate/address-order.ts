import { familyOf } from '../../net/address.ts';

/**
 * The order in which to try the addresses of one host that has both families (RFC 6157 §5): IPv6 first, unless this machine
 * has no IPv6 address that reaches beyond its link while the host's does; then in turn, so that a family that does not
 * work costs one attempt and not one for each of its addresses.
 *
 * @param sixReaches whether this machine has an IPv6 address of global scope; asked only when it matters
 */
export function orderAddresses(addresses: readonly string[], sixReaches: () => boolean): readonly string[] {
  const sixes = addresses.filter((address) => familyOf(address) === 6);
  if (sixes.length === 0 || sixes.length === addresses.length) return addresses;
  const fours = addresses.filter((address) => familyOf(address) === 4);
  const sixFirst = sixes.every(isLocalSix) || sixReaches();
  return sixFirst ? inTurn(sixes, fours) : inTurn(fours, sixes);
}

function inTurn(first: readonly string[], second: readonly string[]): readonly string[] {
  const ordered: string[] = [];
  for (let at = 0; at < Math.max(first.length, second.length); at += 1)
    ordered.push(...first.slice(at, at + 1), ...second.slice(at, at + 1));
  return ordered;
}

/** Loopback, link-local and unique local addresses: of no use, or no hindrance, beyond where they are. */
export const isLocalSix = (host: string): boolean => host === '::1' || /^f(?:[cd]|e[89ab])/i.test(host);
