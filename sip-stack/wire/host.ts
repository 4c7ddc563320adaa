import { HOST, IPV6, skip } from './chars.ts';

/**
 * Position after the host that begins at `from`: a name, an IPv4 address or an IPv6 reference in brackets (RFC 5118 §4.2).
 *
 * @returns -1 when no host stands there
 */
export function hostEnd(bytes: Uint8Array, from: number, end: number): number {
  if (from >= end) return -1;
  if (bytes[from] !== 0x5b) {
    const after = skip(bytes, from, end, HOST);
    return after === from ? -1 : after;
  }
  // Three colons in a row pass: the grammar of RFC 3261 wrongly makes them (RFC 5118 §4.10).
  const close = skip(bytes, from + 1, end, IPV6);
  if (close >= end || bytes[close] !== 0x5d) return -1;
  return skip(bytes, from + 1, close, HOST) < close ? close + 1 : -1;
}

/** The port written between `from` and `end`; -1 when it is none. */
export function portBetween(bytes: Uint8Array, from: number, end: number): number {
  if (end === from || end - from > 5) return -1;
  let port = 0;
  for (let here = from; here < end; here += 1) port = port * 10 + (bytes[here] ?? 0) - 0x30;
  return port > 65_535 ? -1 : port;
}
