import { limits } from '../../kernel/limits.ts';
import { noBytes } from './bytes.ts';
import type { ParseFault } from './fault.ts';
import type { SipMessage } from './message.ts';
import type { Head } from './parse.ts';
import { faultWith, readHead, tooLarge } from './parse.ts';

/** What a stream brought. */
export type FramedMessage =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /**
   * The last that comes of this stream: where the next message begins is no longer known or not to be trusted. With `goesOn`
   * the socket keeps messages apart, and the next one is not touched by this fault.
   */
  | { readonly kind: 'fault'; readonly fault: ParseFault; readonly goesOn?: true }
  /** A double line end between messages, to be answered with a single one (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' };

/** Cuts a stream into messages by Content-Length (RFC 3261 §18.3). */
export interface Framer {
  /** @returns what is now complete, in order; nothing ever after a fault */
  push(chunk: Buffer): readonly FramedMessage[];
}

const nothing: readonly FramedMessage[] = [];
const notSip: ParseFault = { reason: 'Not a SIP Message', status: 400 };
const emptyLine = Buffer.from('\r\n\r\n', 'latin1');
const CR = 0x0d;
const LF = 0x0a;

export function createFramer(): Framer {
  return new StreamFramer();
}

/**
 * Looks at each byte once, however the stream is cut into chunks. A class, so that twenty thousand connections share one set of
 * functions.
 */
class StreamFramer implements Framer {
  /** Bytes not yet made a message; `pending` of them, the rest is room to grow into. */
  private store = noBytes;
  private pending = 0;
  /** How much of what is pending was searched for the empty line. */
  private searched = 0;
  /** The header section, once it is whole. */
  private head: Head | undefined = undefined;
  /** Line ends met in a row since the last message. */
  private lineEnds = 0;
  private isOver = false;

  push(chunk: Buffer): readonly FramedMessage[] {
    if (this.isOver) return nothing;
    const framed: FramedMessage[] = [];
    const isContinued = this.pending > 0;
    if (isContinued) this.keep(chunk);
    const bytes = isContinued ? this.store.subarray(0, this.pending) : chunk;
    let at = this.betweenMessages(bytes, 0, framed);
    let next = at;
    while (next >= 0 && at < bytes.length) {
      next = this.cut(bytes, at, framed);
      if (next >= 0) at = this.betweenMessages(bytes, next, framed);
    }
    if (isContinued && at === 0) return framed;
    // Messages hold parts of the store they were cut from: it is left to them, not written again.
    this.forget();
    if (at < bytes.length) this.keep(bytes.subarray(at));
    return framed;
  }

  /** Steps over line ends before a message, and answers each pair of them; returns the position of the start line. */
  private betweenMessages(bytes: Buffer, from: number, framed: FramedMessage[]): number {
    let at = from;
    // Within a message line ends are its own.
    if (this.searched > 0) return at;
    let { lineEnds } = this;
    let pings = 0;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === CR) continue;
      if (byte !== LF) break;
      lineEnds += 1;
      if (lineEnds < 2) continue;
      lineEnds = 0;
      // Nobody needs more than two answers to pings that came as one.
      if (pings < 2) framed.push({ kind: 'ping' });
      pings += 1;
    }
    this.lineEnds = lineEnds;
    return at;
  }

  /** @returns the position after the message that begins at `at`, -1 when it is not whole or faulty */
  private cut(bytes: Buffer, at: number, framed: FramedMessage[]): number {
    if (this.head === undefined && !this.findHead(bytes, at)) return -1;
    const { head } = this;
    const fault = faultOfHead(head);
    if (head === undefined || fault !== undefined) {
      framed.push({ kind: 'fault', fault: fault ?? notSip });
      this.isOver = true;
      return -1;
    }
    const bodyStart = at + head.end;
    const next = bodyStart + (head.contentLength ?? 0);
    if (next > bytes.length) return -1;
    if (next > bodyStart) head.message.attach(bytes.subarray(bodyStart, next));
    framed.push({ kind: 'message', message: head.message });
    this.head = undefined;
    this.searched = 0;
    this.lineEnds = 0;
    return next;
  }

  /** Reads the header section at `at` if it is whole, or too large to go on waiting for its end. */
  private findHead(bytes: Buffer, at: number): boolean {
    const found = bytes.indexOf(emptyLine, at + Math.max(0, this.searched - 3));
    this.searched = bytes.length - at;
    const length = found < 0 ? this.searched : found + emptyLine.length - at;
    if (found < 0 && length <= limits.headerBytesMax) return false;
    this.head = readHead(bytes.subarray(at, at + Math.min(length, limits.headerBytesMax + 1)));
    return true;
  }

  private keep(bytes: Buffer): void {
    const needed = this.pending + bytes.length;
    if (needed > this.store.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, 2 * needed));
      this.store.copy(grown, 0, 0, this.pending);
      this.store = grown;
    }
    bytes.copy(this.store, this.pending);
    this.pending = needed;
  }

  private forget(): void {
    this.store = noBytes;
    this.pending = 0;
  }
}

function faultOfHead(head: Head | undefined): ParseFault | undefined {
  if (head === undefined) return undefined;
  const { message, contentLength, fault } = head;
  if (fault !== undefined) return faultWith(fault, message);
  // Without a length nobody knows where the body ends (RFC 3261 §18.3); COMPAT(linphone): none at all means no body.
  if (contentLength === undefined && message.headers.has('content-type'))
    return faultWith('Missing Content-Length', message);
  return head.end + (contentLength ?? 0) > limits.messageBytesMax ? tooLarge(message) : undefined;
}
