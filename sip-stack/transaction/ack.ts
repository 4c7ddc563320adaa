import type { OutgoingRequest } from '../outgoing.ts';
import type { HeaderPair, SipResponse } from '../wire/message.ts';

/** The ACK to a final response other than 2xx; it goes out with the Via of the INVITE (RFC 3261 §17.1.1.3). */
export function ackFor(invite: OutgoingRequest, response: SipResponse): OutgoingRequest {
  const headers: HeaderPair[] = [];
  for (const [name, value] of invite.headers) {
    switch (name.toLowerCase()) {
      case 'route':
      case 'from':
      case 'call-id':
        headers.push([name, value]);
        break;
      case 'to':
        headers.push([name, response.headers.first('to') ?? value]);
        break;
      case 'cseq':
        headers.push([name, `${String(response.cseq.number)} ACK`]);
        break;
      default:
    }
  }
  return { method: 'ACK', uri: invite.uri, headers };
}
