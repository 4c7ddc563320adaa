import { isIP, SocketAddress } from 'node:net';

/** A numeric address and a port; IPv6 without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** 4 or 6 for a numeric address without brackets, 0 for anything else. */
export function familyOf(host: string): 0 | 4 | 6 {
  const family = isIP(host);
  return family === 4 || family === 6 ? family : 0;
}

/** The host as it stands in a URI or a Via: IPv6 in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * One spelling for each numeric address: without brackets, IPv6 as the operating system writes it (RFC 5952), an
 * IPv4-mapped IPv6 address as IPv4.
 *
 * @returns `undefined` for what is no numeric address
 */
export function canonicalHost(text: string): string | undefined {
  const host = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const family = familyOf(host);
  if (family !== 6) return family === 4 ? host : undefined;
  // A zone ("%eth0") is local to this machine and not part of what SocketAddress reads.
  if (host.includes('%')) return host.toLowerCase();
  const { address } = new SocketAddress({ address: host, family: 'ipv6' });
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

export const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1';

export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** False for addresses that no single host has: unspecified, multicast, broadcast and reserved ones. */
export function isUnicast(host: string): boolean {
  if (host.includes(':')) return host !== '::' && !/^ff/i.test(host);
  const first = Number(host.slice(0, host.indexOf('.')));
  return first > 0 && first < 224;
}

export const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
