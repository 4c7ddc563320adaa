import type { SipRequest } from './message.ts';

/** Why bytes are not a SIP message, in words fit for a reason phrase ('Bad Start Line', 'Missing Call-ID'). */
export interface ParseFault {
  readonly reason: string;
  /** The status it deserves when it is a request: 400, 413, 414 or 505. */
  readonly status: 400 | 413 | 414 | 505;
  /** The request as far as it could be read, when its Via, From, To, Call-ID and CSeq suffice for an answer. */
  readonly request?: SipRequest;
}
