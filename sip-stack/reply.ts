import type { HeaderPair } from './wire/message.ts';

/**
 * An answer as a handler gives it: the status and what is not copied from the request. Via, From, To, Call-ID, CSeq, the
 * To tag and Content-Length are added where the response is built (sip-stack/respond.ts).
 */
export interface Reply {
  readonly status: number;
  /** Reason phrase; the standard one when absent. */
  readonly reason?: string;
  readonly headers?: readonly HeaderPair[];
  readonly body?: { readonly contentType: string; readonly bytes: Buffer };
  /** To tag to use, for a reply that makes or stands in a dialog. */
  readonly toTag?: string;
}

/** A reply of class 3xx to 6xx: failure as a value (style R6). Built only by the named functions of refusals.ts. */
export interface Refusal extends Reply {
  readonly refused: true;
}
