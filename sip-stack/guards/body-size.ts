import { entityTooLarge } from '../refusals.ts';
import type { Refusal } from '../reply.ts';
import type { SipRequest } from '../wire/message.ts';

/** 413 for a body above the bound (RFC 3261 §21.4.11). */
export function refuseBody(request: SipRequest, bodyBytesMax: number): Refusal | undefined {
  return request.body.length > bodyBytesMax ? entityTooLarge() : undefined;
}
