import { limits } from '../../kernel/limits.ts';
import type { ParseFault } from './fault.ts';
import type { SipMessage } from './message.ts';
import type { Head } from './parse.ts';
import { faultWith, readHead, tooLarge } from './parse.ts';

/** What a stream brought. */
export type FramedMessage =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /** The last that comes of this stream: where the next message begins is no longer known or not to be trusted. */
  | { readonly kind: 'fault'; readonly fault: ParseFault }
  /** A double line end between messages, to be answered with a single one (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' };

/** Cuts a stream into messages by Content-Length (RFC 3261 §18.3). */
export interface Framer {
  /** @returns what is now complete, in order; nothing ever after a fault */
  push(chunk: Buffer): readonly FramedMessage[];
}

const nothing: readonly FramedMessage[] = [];
const emptyLine = Buffer.from('\r\n\r\n', 'latin1');
const CR = 0x0d;
const LF = 0x0a;

/** One message's state: its bytes are looked at once, however they are cut into chunks. */
export function createFramer(): Framer {
  /** Bytes not yet made a message; `pending` of them, the rest is room to grow into. */
  let store = Buffer.alloc(0);
  let pending = 0;
  /** No empty line ends before this position. */
  let searched = 0;
  /** The header section, once it is whole. */
  let head: Head | undefined;
  /** Line ends met in a row since the last message. */
  let lineEnds = 0;
  let isOver = false;

  const keep = (rest: Buffer): void => {
    if (pending + rest.length > store.length) {
      const grown = Buffer.allocUnsafe(Math.max(1024, 2 * (pending + rest.length)));
      store.copy(grown, 0, 0, pending);
      store = grown;
    }
    rest.copy(store, pending);
    pending += rest.length;
  };

  const forget = (): void => {
    store = Buffer.alloc(0);
    pending = 0;
    searched = 0;
    head = undefined;
    lineEnds = 0;
  };

  const over = (fault: ParseFault, framed: FramedMessage[]): void => {
    framed.push({ kind: 'fault', fault });
    isOver = true;
    forget();
  };

  /** Steps over line ends before a message, and answers each pair of them; returns the position of the start line. */
  const betweenMessages = (bytes: Buffer, from: number, framed: FramedMessage[]): number => {
    let at = from;
    while (at < bytes.length && (bytes[at] === CR || bytes[at] === LF)) {
      if (bytes[at] === LF) lineEnds += 1;
      at += 1;
      if (lineEnds < 2) continue;
      framed.push({ kind: 'ping' });
      lineEnds = 0;
    }
    return at;
  };

  /** @returns the position after the message that begins at `at`, or -1 when it is not whole or faulty */
  const cut = (bytes: Buffer, at: number, framed: FramedMessage[]): number => {
    if (head === undefined) {
      const found = bytes.indexOf(emptyLine, at + Math.max(0, searched - 3));
      searched = bytes.length - at;
      const length = found < 0 ? searched : found + 4 - at;
      if (found < 0 && length <= limits.headerBytesMax) return -1;
      head = readHead(bytes.subarray(at, at + Math.min(length, limits.headerBytesMax + 1)));
    }
    const fault = faultOfHead(head);
    if (fault !== undefined || head === undefined) {
      over(fault ?? { reason: 'Not a SIP Message', status: 400 }, framed);
      return -1;
    }
    const bodyStart = at + head.end;
    const next = bodyStart + (head.contentLength ?? 0);
    if (next > bytes.length) return -1;
    if (next > bodyStart) head.message.attach(bytes.subarray(bodyStart, next));
    framed.push({ kind: 'message', message: head.message });
    head = undefined;
    searched = 0;
    lineEnds = 0;
    return next;
  };

  return {
    push(chunk) {
      if (isOver) return nothing;
      const framed: FramedMessage[] = [];
      const isContinued = pending > 0;
      if (isContinued) keep(chunk);
      const bytes = isContinued ? store.subarray(0, pending) : chunk;
      let at = 0;
      for (;;) {
        if (head === undefined && searched === 0) at = betweenMessages(bytes, at, framed);
        if (at >= bytes.length) break;
        const next = cut(bytes, at, framed);
        if (next < 0) break;
        at = next;
      }
      if (isOver) return framed;
      if (at > 0 || !isContinued) rest(bytes, at, isContinued);
      return framed;
    },
  };

  /** Keeps what is left after `at`; the store is never written again once a message was cut from it. */
  function rest(bytes: Buffer, at: number, isContinued: boolean): void {
    if (isContinued) store = Buffer.alloc(0);
    pending = 0;
    if (at < bytes.length) keep(bytes.subarray(at));
  }
}

function faultOfHead(head: Head | undefined): ParseFault | undefined {
  if (head === undefined) return undefined;
  const { message, contentLength, fault } = head;
  if (fault !== undefined) return faultWith(fault, message);
  // Without a length nobody knows where the body ends (RFC 3261 §18.3); COMPAT(linphone): none at all means no body.
  if (contentLength === undefined && message.headers.has('content-type')) return faultWith('Missing Content-Length', message);
  return head.end + (contentLength ?? 0) > limits.messageBytesMax ? tooLarge(message) : undefined;
}
