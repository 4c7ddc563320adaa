import { limits } from '../../kernel/limits.ts';
import { noBytes } from './bytes.ts';
import { CALL_ID, CSEQ, FROM, numberOf, TO, VIA } from './header-names.ts';
import type { IndexedHeaders } from './headers.ts';
import { lineStride, longName } from './headers.ts';
import type { HeaderPair, SipMessage, SipRequest, SipResponse, WireText } from './message.ts';
import { reasonPhrase } from './status.ts';
import { headerSafe } from './text.ts';
import type { TypedSipMessage } from './typed-message.ts';
import { TypedRequest, TypedResponse } from './typed-message.ts';
import { firstValueEnd } from './via.ts';

export interface Body {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** What a request is made of; Content-Type and Content-Length are written from the body. */
export interface RequestParts {
  readonly method: string;
  readonly uri: WireText;
  readonly headers: readonly HeaderPair[];
  readonly body?: Body | undefined;
}

/** What a response adds to what it copies from the request; `Reply` fits. */
export interface ResponseParts {
  readonly status: number;
  /** The standard phrase when absent. */
  readonly reason?: string | undefined;
  readonly headers?: readonly HeaderPair[] | undefined;
  readonly body?: Body | undefined;
  /** Put on To when the request has no tag there. */
  readonly toTag?: string | undefined;
  /** Stands for the topmost Via value, with `received` and `rport` filled in. */
  readonly via?: WireText | undefined;
}

export function createRequest(parts: RequestParts): SipRequest {
  const text = requestHead(parts, '');
  return new TypedRequest(text, text.length, undefined, parts.body?.bytes ?? noBytes, parts.method, parts.uri);
}

/** A response to `request`: its Via, From, To, Call-ID and CSeq are copied as text (RFC 3261 §8.2.6.2). */
export function createResponse(request: SipRequest, parts: ResponseParts): SipResponse {
  const text = responseHead(request, parts, parts.via);
  return new TypedResponse(text, text.length, undefined, parts.body?.bytes ?? noBytes, parts.status);
}

/** The header section of a request. @param before lines to stand first, each with its line end */
export function requestHead(parts: RequestParts, before: string): WireText {
  const start = `${headerSafe(parts.method)} ${headerSafe(parts.uri)} SIP/2.0\r\n${before}`;
  return start + pairLines(parts.headers) + bodyLines(parts.body);
}

/** The header section of a response. @param via as in `ResponseParts`, which is not asked for it */
export function responseHead(request: SipRequest, parts: ResponseParts, via: WireText | undefined): WireText {
  const typed = request as TypedSipMessage;
  const { headers } = typed;
  // What a refused request held was not checked: it is cleaned before it goes out.
  const clean = typed.faulty ? headerSafe : asIs;
  let text = `SIP/2.0 ${String(parts.status)} ${headerSafe(parts.reason ?? reasonPhrase(parts.status))}\r\n`;
  let top = via;
  for (let at = headers.lineOf(VIA, 0); at >= 0; at = headers.lineOf(VIA, at + lineStride)) {
    const value = clean(viaAt(headers, at));
    text += `Via: ${top === undefined ? value : top + value.slice(firstValueEnd(value))}\r\n`;
    top = undefined;
  }
  text += copied(headers, FROM, 'From: ', '', clean) + copied(headers, TO, 'To: ', tagFor(typed, parts.toTag), clean);
  text += copied(headers, CALL_ID, 'Call-ID: ', '', clean) + copied(headers, CSEQ, 'CSeq: ', '', clean);
  return text + (parts.headers === undefined ? '' : pairLines(parts.headers)) + bodyLines(parts.body);
}

/** A Via line; of one beyond the bound, which is refused, the topmost value alone. */
function viaAt(headers: IndexedHeaders, at: number): WireText {
  const value = headers.valueAt(at);
  return value.length > limits.headerValueBytesMax ? value.slice(0, firstValueEnd(value)) : value;
}

const asIs = (text: WireText): WireText => text;

/** A tag is added where To has none and can be read (RFC 3261 §8.2.6.2). */
function tagFor(request: TypedSipMessage, toTag: string | undefined): string {
  const to = request.toOrFault;
  return toTag === undefined || typeof to === 'string' || to.tag !== undefined ? '' : `;tag=${toTag}`;
}

/** The first line of this number under its long name; nothing when a refused request lacks it. */
function copied(
  headers: IndexedHeaders,
  number: number,
  name: string,
  suffix: string,
  clean: (text: WireText) => WireText,
): string {
  const at = headers.lineOf(number, 0);
  return at < 0 ? '' : `${name}${clean(headers.valueAt(at))}${suffix}\r\n`;
}

function pairLines(pairs: readonly HeaderPair[]): string {
  let text = '';
  for (const pair of pairs) text += `${pair[0]}: ${headerSafe(pair[1])}\r\n`;
  return text;
}

/** Content-Type, Content-Length and the empty line. */
function bodyLines(body: Body | undefined): string {
  if (body === undefined || body.bytes.length === 0) return 'Content-Length: 0\r\n\r\n';
  return `Content-Type: ${headerSafe(body.contentType)}\r\nContent-Length: ${String(body.bytes.length)}\r\n\r\n`;
}

export function withHeader(message: SipRequest, name: string, value: WireText): SipRequest;
export function withHeader(message: SipResponse, name: string, value: WireText): SipResponse;
/** The message with one line of this name: in place of the first there was, or last. */
export function withHeader(message: SipMessage, name: string, value: WireText): SipMessage {
  return rebuilt(message, name, value);
}

export function withoutHeader(message: SipRequest, name: string): SipRequest;
export function withoutHeader(message: SipResponse, name: string): SipResponse;
/** The message without the lines of this name. */
export function withoutHeader(message: SipMessage, name: string): SipMessage {
  return rebuilt(message, name, undefined);
}

function rebuilt(message: SipMessage, name: string, value: WireText | undefined): SipMessage {
  const wanted = longName(name, numberOf(name.toLowerCase()));
  let text =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${String(message.status)} ${message.reason}\r\n`;
  let line = value === undefined ? '' : `${name}: ${headerSafe(value)}\r\n`;
  const headers = (message as TypedSipMessage).headers;
  for (let at = 0; at < headers.index.length; at += lineStride) {
    const number = headers.numberAt(at);
    const own = headers.nameAt(at);
    if (longName(own, number) === wanted) {
      text += line;
      line = '';
    } else {
      text += `${own}: ${headers.valueAt(at)}\r\n`;
    }
  }
  text += `${line}\r\n`;
  return message.kind === 'request'
    ? new TypedRequest(text, text.length, undefined, message.body, message.method, message.uri)
    : new TypedResponse(text, text.length, undefined, message.body, message.status);
}
