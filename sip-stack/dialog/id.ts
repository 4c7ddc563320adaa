import type { SipMessage, SipRequest } from '../wire/message.ts';
import type { Dialog } from './dialog.ts';

/** A dialog ID as one text: fit as a key (RFC 3261 §12). */
export const dialogId = (callId: string, localTag: string, remoteTag: string): string =>
  `${callId}\n${localTag}\n${remoteTag}`;

export const idOf = (dialog: Dialog): string => dialogId(dialog.callId, dialog.localTag, dialog.remoteTag);

/**
 * The dialog that a request of the peer belongs to, or claims to: To has our tag (RFC 3261 §12.2.2).
 *
 * @returns undefined for a request outside of dialogs
 */
export function idOfReceived(request: SipRequest): string | undefined {
  return request.to.tag === undefined ? undefined : dialogId(request.callId, request.to.tag, request.from.tag ?? '');
}

/** The dialog that a response to our request belongs to: From has our tag. */
export const idOfResponse = (response: SipMessage & { readonly kind: 'response' }): string =>
  dialogId(response.callId, response.from.tag ?? '', response.to.tag ?? '');
