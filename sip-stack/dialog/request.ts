import type { OutgoingRequest } from '../outgoing.ts';
import type { HeaderPair } from '../wire/message.ts';
import type { Dialog } from './dialog.ts';
import { pathOf } from './path.ts';
import type { DialogPath } from './path.ts';

/** A request to be sent within a dialog. */
export interface RequestInDialog {
  readonly request: OutgoingRequest;
  /** The URI from which the next hop is found. */
  readonly nextHop: string;
  /** The dialog after the request: its CSeq number is used up, whether or not the request arrives. */
  readonly dialog: Dialog;
}

export interface InDialogParts {
  readonly method: string;
  /** Headers after CSeq: Contact, Event, ... */
  readonly headers?: readonly HeaderPair[];
  readonly body?: NonNullable<OutgoingRequest['body']>;
  /** `pathOf(dialog)`, where it was kept. */
  readonly path?: DialogPath;
}

/** Builds a request within a dialog, with the next CSeq number (RFC 3261 §12.2.1.1). */
export function requestInDialog(dialog: Dialog, parts: InDialogParts): RequestInDialog {
  const { method, body, path = pathOf(dialog) } = parts;
  const number = dialog.localCSeq + 1;
  const headers: HeaderPair[] = path.route === '' ? [] : [['Route', path.route]];
  headers.push(
    ['From', tagged(dialog.localUri, dialog.localTag)],
    ['To', tagged(dialog.remoteUri, dialog.remoteTag)],
    ['Call-ID', dialog.callId],
    ['CSeq', `${String(number)} ${method}`],
  );
  if (parts.headers !== undefined) headers.push(...parts.headers);
  const request = { method, uri: path.requestUri, headers };
  return {
    request: body === undefined ? request : { ...request, body },
    nextHop: path.nextHop,
    dialog: { ...dialog, localCSeq: number },
  };
}

/** An empty tag is that of an RFC 2543 peer: it is left out. */
const tagged = (nameAddr: string, tag: string): string => (tag === '' ? nameAddr : `${nameAddr};tag=${tag}`);
