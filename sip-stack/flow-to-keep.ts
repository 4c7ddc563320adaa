import { canonicalHost } from '../net/address.ts';
import type { FlowKey, Peer } from './flow.ts';
import type { IncomingRequest } from './incoming.ts';
import { parseContacts } from './wire/contact.ts';
import type { Headers } from './wire/message.ts';
import type { SipUri } from './wire/uri.ts';
import { firstValueEnd } from './wire/via.ts';

/** The part of a request that the rule looks at. */
export type KeepingRequest = Pick<IncomingRequest, 'request' | 'flow'>;

/**
 * Decides which flow a binding or a subscription made by this request must remember, so that requests of ours reach the
 * client. The rule, in this order:
 *
 * 1. `''` when it came through another proxy (several Vias, or Record-Route): the flow is the proxy's, not the client's.
 * 2. `''` without exactly one Contact: a flow leads to one client alone (RFC 5626 §6).
 * 3. Over a connection, the flow: a client's Contact seldom names a port it accepts connections on, and behind NAT or with
 *    a `.invalid` host never (RFC 5626, RFC 7118 §5).
 * 4. Over UDP, the flow when the client asked for symmetric routing (rport, RFC 3581) and its Contact names another
 *    address or port than the one it sent from: NAT, or a Contact that does not tell the truth.
 * 5. `''` otherwise: the Contact is where the client wants to be reached.
 *
 * A flow that is no longer open is passed over: then the Contact is tried.
 */
export function flowToKeep({ request, flow }: KeepingRequest): FlowKey {
  const { headers } = request;
  if (cameThroughProxy(headers)) return '';
  const contacts = parseContacts(headers);
  if (!contacts.ok || contacts.value === '*' || contacts.value.length !== 1) return '';
  if (flow.transport.reliable) return flow.key;
  const contact = contacts.value[0]?.uri;
  if (contact === undefined || !request.via.hasRport) return '';
  return namesSource(contact, flow.remote) ? '' : flow.key;
}

function cameThroughProxy(headers: Headers): boolean {
  if (headers.has('record-route')) return true;
  const vias = headers.all('via');
  const first = vias[0] ?? '';
  return vias.length > 1 || (first.includes(',') && firstValueEnd(first) < first.length);
}

/** Whether the Contact is the very address that the request was sent from; the port counts for the same transport only. */
function namesSource(contact: SipUri, source: Peer): boolean {
  const { host, port = 5060, params } = contact;
  const named = params.get('maddr') ?? host;
  if (named !== source.host && canonicalHost(named) !== canonicalHost(source.host)) return false;
  const transport = params.get('transport')?.toLowerCase() ?? 'udp';
  return transport !== 'udp' || port === source.port;
}
