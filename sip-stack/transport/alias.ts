import { isPort } from '../../net/address.ts';
import type { Peer, TransportFacts } from '../flow.ts';
import { hostPort } from '../flow-key.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseVia, topViaText } from '../wire/via.ts';

/**
 * The address under which the sender of a request wants to be reached over the connection that it came on: where it came from,
 * with the port of sent-by (RFC 5923 §8.2); undefined when it does not ask for that.
 */
export function aliasOf(
  message: SipMessage,
  source: Peer,
  { defaultPort, viaToken }: TransportFacts,
): string | undefined {
  if (message.kind !== 'request') return undefined;
  const text = topViaText(message.headers);
  if (text?.includes('alias') !== true) return undefined;
  const via = parseVia(text);
  if (!via.ok || !via.value.params.has('alias') || via.value.transport !== viaToken) return undefined;
  const { port = defaultPort } = via.value;
  return isPort(port) ? hostPort({ host: source.host, port }) : undefined;
}
