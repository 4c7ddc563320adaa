import type { OutgoingRequest } from '../outgoing.ts';
import { requestHead, responseHead } from './build.ts';
import type { ResponseParts } from './build.ts';
import { latin1Write, noBytes } from './bytes.ts';
import type { SipMessage, SipRequest } from './message.ts';
import type { WireText } from './text.ts';
import type { TypedSipMessage } from './typed-message.ts';

/** A header section and a body as they go on the wire. */
export function joinMessage(head: WireText, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  latin1Write(bytes, head, 0);
  if (body.length > 0) bytes.set(body, head.length);
  return bytes;
}

/** The bytes of a message: of one that was received, what was received. */
export function writeMessage(message: SipMessage): Buffer {
  return joinMessage((message as TypedSipMessage).head, message.body);
}

/** The bytes of a request of ours: Via first, Max-Forwards 70 (RFC 3261 §8.1.1.6), the headers given, the body's lines. */
export function writeRequest(out: OutgoingRequest, via: WireText): Buffer {
  const head = requestHead(out, `Via: ${via}\r\nMax-Forwards: 70\r\n${out.headerText ?? ''}`);
  return joinMessage(head, out.body?.bytes ?? noBytes);
}

/** The bytes of a response, without the message in between. @param via as in `ResponseParts` */
export function writeResponse(request: SipRequest, parts: ResponseParts, via?: WireText): Buffer {
  const head = responseHead(request, parts, via ?? parts.via);
  return joinMessage(head, parts.body?.bytes ?? noBytes);
}
