import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { latin1Slice, noBytes } from './bytes.ts';
import type { ParseFault } from './fault.ts';
import { CONTENT_LENGTH } from './header-names.ts';
import type { IndexedHeaders } from './headers.ts';
import type { SipMessage, SipRequest } from './message.ts';
import { HeaderScan } from './scan.ts';
import type { StartLine } from './start-line.ts';
import { startLineOf, uriFault, versionFault } from './start-line.ts';
import type { TypedSipMessage } from './typed-message.ts';
import { TypedRequest, TypedResponse } from './typed-message.ts';

/** A header section read, its body still to come. */
export interface Head {
  readonly message: TypedSipMessage;
  /** Position after the empty line. */
  readonly end: number;
  /** Bytes of the body; undefined when no Content-Length says so, -1 when it says nothing that can be believed. */
  readonly contentLength: number | undefined;
  /** What is wrong with the section, though its end was found. */
  readonly fault: string | undefined;
}

/** Read out before the next message is scanned, as told at `HeaderScan`. */
const scan = new HeaderScan();

/** Reads one datagram: one message, with whatever follows its body ignored (RFC 3261 §18.3). */
export function parseMessage(datagram: Buffer): Result<SipMessage, ParseFault> {
  const start = afterLineEnds(datagram);
  const bytes = start === 0 ? datagram : datagram.subarray(start);
  const head = readHead(bytes);
  if (head === undefined) return fail({ reason: 'Not a SIP Message', status: 400 });
  const { message, contentLength, end } = head;
  if (head.fault !== undefined) return fail(faultWith(head.fault, message));
  const available = bytes.length - end;
  const length = contentLength ?? available;
  if (end + length > limits.messageBytesMax) return fail(tooLarge(message));
  if (length > available) return fail(faultWith('Content-Length Exceeds Datagram', message));
  if (length > 0) message.attach(bytes.subarray(end, end + length));
  return ok(message);
}

/** Whether a datagram only keeps a binding of a NAT alive: line ends, NULs, or up to four bytes of anything (RFC 5626 §4.4). */
export function isKeepalive(bytes: Buffer): boolean {
  if (bytes.length <= 4) return true;
  if (bytes.length > 32) return false;
  for (const byte of bytes) {
    if (byte !== 0x0d && byte !== 0x0a && byte !== 0) return false;
  }
  return true;
}

/** Position after the line ends that may come before a start line (RFC 3261 §7.5). */
export function afterLineEnds(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 0x0d || bytes[at] === 0x0a)) at += 1;
  return at;
}

/** Datagrams up to this size are decoded whole, which is cheaper than looking for the end of the header section first. */
const decodedWholeMax = 1024;
const emptyLine = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Reads the start line and header lines that `bytes` begin with.
 *
 * @returns undefined for bytes that are nothing like a message
 */
export function readHead(bytes: Buffer): Head | undefined {
  const found = bytes.length <= decodedWholeMax ? -1 : bytes.indexOf(emptyLine);
  const length = found < 0 ? bytes.length : found + emptyLine.length;
  const source = { text: latin1Slice(bytes, 0, Math.min(length, limits.headerBytesMax)), bytes };
  const lineFeed = source.text.indexOf('\n');
  if (lineFeed < 0) return undefined;
  const isBare = bytes[lineFeed - 1] !== 0x0d;
  const line = startLineOf(source, isBare ? lineFeed : lineFeed - 1);
  if (line === undefined) return undefined;
  scan.run(source, lineFeed + 1, isBare);
  const headers = scan.headers(source);
  const contentLength = contentLengthOf(headers);
  return {
    message: messageOf(line, headers, scan.end),
    end: scan.end,
    contentLength,
    fault: line.fault ?? headFault(bytes.length, contentLength),
  };
}

function headFault(available: number, contentLength: number | undefined): string | undefined {
  if (scan.end >= limits.headerBytesMax && available > limits.headerBytesMax) return 'Header Section Too Large';
  return scan.fault ?? (contentLength === -1 ? 'Malformed Content-Length' : undefined);
}

function messageOf(line: StartLine, headers: IndexedHeaders, end: number): TypedSipMessage {
  const { method, uri } = line;
  return method === undefined
    ? new TypedResponse(headers.text, end, headers, noBytes, line.status)
    : new TypedRequest(headers.text, end, headers, noBytes, method, uri);
}

/** Value of Content-Length; -1 when it is malformed or stands twice (RFC 4475 §3.3.9). */
function contentLengthOf(headers: IndexedHeaders): number | undefined {
  if ((headers.seen & (1 << CONTENT_LENGTH)) === 0) return undefined;
  if ((headers.repeated & (1 << CONTENT_LENGTH)) !== 0) return -1;
  const at = headers.lineOf(CONTENT_LENGTH, 0);
  const { bytes } = headers;
  const stop = headers.endOf(at);
  let here = headers.startOf(at);
  if (here >= stop) return -1;
  let length = 0;
  for (; here < stop; here += 1) {
    const digit = (bytes[here] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    // Past any bound the digits need not be counted further.
    length = Math.min(length * 10 + digit, Number.MAX_SAFE_INTEGER / 16);
  }
  return Math.floor(length);
}

/** A fault of a message whose header section was read; answerable when it is a request with a Via to answer to. */
export function faultWith(reason: string, message: TypedSipMessage): ParseFault {
  const status = reason === versionFault ? 505 : reason === uriFault ? 414 : 400;
  const request = answerable(message);
  return request === undefined ? { reason, status } : { reason, status, request };
}

/** 413 (RFC 3261 §21.4.11). */
export function tooLarge(message: TypedSipMessage): ParseFault {
  const request = answerable(message);
  const fault = { reason: 'Request Entity Too Large', status: 413 } as const;
  return request === undefined ? fault : { ...fault, request };
}

/** ACK is never answered (RFC 3261 §17); any other request is, when its topmost Via says where to (RFC 4475 §3.3.1). */
function answerable(message: TypedSipMessage): SipRequest | undefined {
  message.judge('faulty');
  return message.kind === 'request' && message.method !== 'ACK' && typeof message.sentBy !== 'string'
    ? message
    : undefined;
}
