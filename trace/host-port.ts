import type { Address } from '../net/address.ts';
import { bracketed, canonicalHost, isPort } from '../net/address.ts';

/** Reads `host:port`, an IPv6 address in brackets; the host is a name or a numeric address. */
export function parseHostPort(text: string): Address | undefined {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(0, colon));
  const port = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(port) || !isPort(Number(port))) return undefined;
  const numeric = canonicalHost(host);
  if (numeric !== undefined) return { host: numeric, port: Number(port) };
  return /^[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/i.test(host) ? { host, port: Number(port) } : undefined;
}

/** `host:port` with an IPv6 address in brackets. */
export const hostPortText = ({ host, port }: Address): string => `${bracketed(host)}:${String(port)}`;
