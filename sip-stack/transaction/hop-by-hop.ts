import type { OutgoingRequest } from '../outgoing.ts';
import type { HeaderPair, SipRequest, SipResponse } from '../wire/message.ts';
import { parseMessage } from '../wire/parse.ts';

/**
 * The ACK to a final response other than 2xx; it goes out with the Via of the INVITE (RFC 3261 §17.1.1.3).
 *
 * @param sent  the INVITE as it went out, whoever wrote it: read here, since few INVITEs come to this
 */
export function ackFor(sent: Buffer, response: SipResponse): OutgoingRequest | undefined {
  const to = response.headers.first('to');
  return hopByHop(sent, 'ACK', String(response.cseq.number), to, []);
}

/** The CANCEL of an INVITE; it goes out with the same Via (RFC 3261 §9.1). @param headers  what is to be added: Reason */
export function cancelFor(sent: Buffer, headers: readonly HeaderPair[]): OutgoingRequest | undefined {
  return hopByHop(sent, 'CANCEL', undefined, undefined, headers);
}

/** A request to the same hop with the same Request-URI, Route, From, Call-ID and CSeq number. */
function hopByHop(
  sent: Buffer,
  method: string,
  cseq: string | undefined,
  to: string | undefined,
  more: readonly HeaderPair[],
): OutgoingRequest | undefined {
  const parsed = parseMessage(sent);
  if (!parsed.ok || parsed.value.kind !== 'request') return undefined;
  const invite: SipRequest = parsed.value;
  const { headers } = invite;
  const number = cseq ?? (headers.first('cseq') ?? '').split(/[ \t]/, 1)[0] ?? '';
  const pairs: HeaderPair[] = headers.all('route').map((route): HeaderPair => ['Route', route]);
  pairs.push(
    ['From', headers.first('from') ?? ''],
    ['To', to ?? headers.first('to') ?? ''],
    ['Call-ID', headers.first('call-id') ?? ''],
    ['CSeq', `${number} ${method}`],
    ...more,
  );
  return { method, uri: invite.uri, headers: pairs };
}
