import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { badRequest, serverError } from '../refusals.ts';
import type { Refusal } from '../reply.ts';
import type { SipMessage, SipRequest } from '../wire/message.ts';
import { targetOf } from './create.ts';
import type { Dialog } from './dialog.ts';

/**
 * Takes a request of the peer within the dialog (RFC 3261 §12.2.2).
 *
 * @returns the dialog with the CSeq number of the request
 * @fault 500 when the number is lower than the last one: the request is out of order
 */
export function acceptRequest(dialog: Dialog, request: SipRequest): Result<Dialog, Refusal> {
  const { number } = request.cseq;
  // An empty number (0 here) takes any. An equal one is no fault: the text refuses only what is lower.
  if (number < dialog.remoteCSeq) return fail(serverError('CSeq Out of Order'));
  return ok(number === dialog.remoteCSeq ? dialog : { ...dialog, remoteCSeq: number });
}

/**
 * Takes the Contact of a target refresh request, or of the 2xx to one of ours, as the new target (RFC 3261 §12.2.1.2,
 * §12.2.2; for SUBSCRIBE and NOTIFY RFC 6665 §4.4.1). Without Contact the target stays.
 *
 * @fault 400 when Contact is there and does not name one SIP URI
 */
export function refreshTarget(dialog: Dialog, message: SipMessage): Result<Dialog, Refusal> {
  if (!message.headers.has('contact')) return ok(dialog);
  const target = targetOf(message.headers);
  if (!target.ok) return fail(badRequest(target.fault));
  return ok(target.value === dialog.remoteTarget ? dialog : { ...dialog, remoteTarget: target.value });
}
