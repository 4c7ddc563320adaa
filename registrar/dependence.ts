import { canonicalHost } from '../net/address.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import { leadsNowhereElse, type NatPolicy } from '../sip-stack/flow-to-keep.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';
import type { Binding } from './tables.ts';

/** Whether a flow is a connection, which closes, or UDP, which does not. */
export const isConnection = (flow: FlowKey): boolean => flow !== '' && !flow.startsWith('udp|');

/**
 * Whether a binding is worth nothing without its flow. Not so for a client over TCP whose Contact names a host, or the very
 * address it came from: by RFC 3261 §18 it may close its connection at any time and be reached at its Contact all the same.
 * So for all others: outbound (RFC 5626 §7), UDP behind NAT, another address than the Contact's, WebSocket, and TLS, where
 * a client has no certificate to be called back with.
 */
export function dependsOnFlow({ flow, regId, contact, received }: Binding, nat: NatPolicy): boolean {
  if (flow === '') return false;
  if (regId !== null || nat === 'always' || !flow.startsWith('tcp|')) return true;
  const parsed = parseUri(contact);
  if (!parsed.ok || parsed.value.rest !== undefined || parsed.value.scheme === 'sips') return true;
  const { host, params } = parsed.value;
  if (leadsNowhereElse(host, params.get('transport')?.toLowerCase() ?? '')) return true;
  const address = canonicalHost(params.get('maddr') ?? host);
  return address !== undefined && address !== canonicalHost(received.slice(0, received.lastIndexOf(':')));
}
