import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';

/** What can be listened for: the kinds of sip-stack/transport/index.ts. */
const listenTransports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;
export type ListenTransport = (typeof listenTransports)[number];

/** One entry of server.listen, told apart once. */
export interface ListenAddress {
  readonly transport: ListenTransport;
  /** Numeric address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `udp:0.0.0.0:5060`, `tls:[::1]:5061`.
 *
 * @fault a clause that says what is wrong
 */
export function parseListenAddress(entry: string): Result<ListenAddress, string> {
  const parts = /^([a-z]+):(?:\[([0-9a-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/i.exec(entry);
  if (parts === null)
    return fail('is not of the form udp:0.0.0.0:5060 or tcp:[::1]:5060 (a numeric address and a port)');
  const named = parts[1]?.toLowerCase();
  const transport = listenTransports.find((each) => each === named);
  if (transport === undefined) return fail('names a transport other than udp, tcp, tls, ws and wss');
  const host = parts[2] ?? parts[3] ?? '';
  const numeric = parts[2] === undefined ? host.split('.').every((byte) => Number(byte) <= 255) : host.includes(':');
  if (!numeric) return fail('has an address that is neither IPv4 nor IPv6 in brackets');
  const port = Number(parts[4]);
  return port > 65_535 ? fail('has a port above 65535') : ok({ transport, host, port });
}

/** How an address is written for people and in faults. */
export const listenAddressText = (address: Omit<ListenAddress, 'transport'> & { readonly transport: string }): string =>
  `${address.transport}:${address.host.includes(':') ? `[${address.host}]` : address.host}:${String(address.port)}`;
