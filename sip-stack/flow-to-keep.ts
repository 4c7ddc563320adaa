import { canonicalHost } from '../net/address.ts';
import type { FlowKey, Peer } from './flow.ts';
import type { IncomingRequest } from './incoming.ts';
import { parseContacts } from './wire/contact.ts';
import type { Headers } from './wire/message.ts';
import type { SipUri } from './wire/uri.ts';
import { firstValueEnd } from './wire/via.ts';

/** The part of a request that the rule looks at. */
export type KeepingRequest = Pick<IncomingRequest, 'request' | 'flow'>;

/** Whether the flow of a client is kept: by comparison of addresses, always, or only where nothing else can work. */
export type NatPolicy = 'auto' | 'always' | 'never';

/**
 * Decides which flow a binding or a subscription made by this request must remember, so that requests of ours reach the
 * client. The rule, in this order:
 *
 * 1. `''` when it came through another proxy (several Vias, or Record-Route): the flow is the proxy's, not the client's.
 * 2. `''` without exactly one Contact: a flow leads to one client alone (RFC 5626 §6).
 * 3. The flow when the Contact has a `.invalid` host, or over WebSocket: it leads nowhere else (RFC 7118 §5).
 * 4. By policy `always` the flow, `never` none.
 * 5. Over a connection, the flow: a client's Contact seldom names a port it accepts connections on, and behind NAT never.
 * 6. Over UDP, the flow when the client asked for symmetric routing (rport, RFC 3581) and its Contact names another
 *    address or port than the one it sent from: NAT, or a Contact that does not tell the truth.
 * 7. `''` otherwise: the Contact is where the client wants to be reached.
 *
 * A flow that is no longer open is passed over: then the Contact is tried.
 */
export function flowToKeep({ request, flow }: KeepingRequest, nat: NatPolicy = 'auto'): FlowKey {
  const { headers } = request;
  if (cameThroughProxy(headers)) return '';
  const contacts = parseContacts(headers);
  if (!contacts.ok || contacts.value === '*' || contacts.value.length !== 1) return '';
  const contact = contacts.value[0]?.uri;
  if (contact === undefined) return '';
  if (nat === 'always' || leadsNowhereElse(contact.host, flow.transport.uriParam)) return flow.key;
  if (nat === 'never') return '';
  if (flow.transport.reliable) return flow.key;
  if (!request.via.hasRport) return '';
  return namesSource(contact, flow.remote) ? '' : flow.key;
}

/** Whether only the flow reaches a client: browsers accept no connections and name no host (RFC 7118 §5). */
export const leadsNowhereElse = (contactHost: string, transport: string): boolean =>
  transport === 'ws' || transport === 'wss' || contactHost.endsWith('.invalid');

/** Whether the request came straight from the client: it has one Via (RFC 5626 §6). */
export function isFirstHop(headers: Headers): boolean {
  const vias = headers.all('via');
  const first = vias[0] ?? '';
  return vias.length <= 1 && !(first.includes(',') && firstValueEnd(first) < first.length);
}

const cameThroughProxy = (headers: Headers): boolean => headers.has('record-route') || !isFirstHop(headers);

/** Whether the Contact is the very address that the request was sent from; the port counts for the same transport only. */
function namesSource(contact: SipUri, source: Peer): boolean {
  const { host, port = 5060, params } = contact;
  const named = params.get('maddr') ?? host;
  if (named !== source.host && canonicalHost(named) !== canonicalHost(source.host)) return false;
  const transport = params.get('transport')?.toLowerCase() ?? 'udp';
  return transport !== 'udp' || port === source.port;
}
