import type { Seconds } from '../kernel/clock.ts';
import type { Refusal } from './reply.ts';
import type { HeaderPair } from './wire/message.ts';

const refuse = (status: number, reason: string, headers: readonly HeaderPair[] = []): Refusal => ({
  refused: true,
  status,
  reason,
  headers,
});

/** 399 text of a Warning header: our name as agent, the fault in words (RFC 3261 §20.43). */
const warning = (text: string): HeaderPair => ['Warning', `399 pharos "${text.replace(/["\\\r\n]/g, "'")}"`];

/** 400 whose reason phrase and Warning name the fault (RFC 3261 §21.4.1). */
export const badRequest = (fault: string): Refusal => refuse(400, fault, [warning(fault)]);
/** 403 without further reason for the peer than the phrase (RFC 3261 §21.4.4). */
export const forbidden = (why = 'Forbidden'): Refusal => refuse(403, why);
/** 404: the domain is ours, the user is not (RFC 3261 §21.4.5). */
export const notFound = (why = 'Not Found'): Refusal => refuse(404, why);
/** 405 with the methods this resource knows (RFC 3261 §21.4.6). */
export const methodNotAllowed = (allow: readonly string[]): Refusal =>
  refuse(405, 'Method Not Allowed', [['Allow', allow.join(', ')]]);
/** 406: no body type that the Accept header names can be made (RFC 3261 §21.4.7). */
export const notAcceptable = (types: readonly string[]): Refusal =>
  refuse(406, 'Not Acceptable', [['Accept', types.join(', ')]]);
/** 412: the SIP-If-Match tag names no live publication (RFC 3903 §11.2.1). */
export const conditionalRequestFailed = (): Refusal => refuse(412, 'Conditional Request Failed');
/** 413 (RFC 3261 §21.4.11). */
export const entityTooLarge = (why = 'Request Entity Too Large'): Refusal => refuse(413, why);
/** 414 (RFC 3261 §21.4.12). */
export const uriTooLong = (): Refusal => refuse(414, 'Request-URI Too Long');
/** 415 with the types understood (RFC 3261 §21.4.13). */
export const unsupportedMediaType = (accept: readonly string[]): Refusal =>
  refuse(415, 'Unsupported Media Type', [['Accept', accept.join(', ')]]);
/** 415 with the content codings understood (RFC 3261 §21.4.13). */
export const unsupportedContentEncoding = (codings: readonly string[]): Refusal =>
  refuse(415, 'Unsupported Content Encoding', [['Accept-Encoding', codings.join(', ')]]);
/** 416 (RFC 3261 §21.4.14). */
export const unsupportedUriScheme = (): Refusal => refuse(416, 'Unsupported URI Scheme');
/** 420 with the option tags not understood (RFC 3261 §21.4.15). */
export const badExtension = (unsupported: readonly string[]): Refusal =>
  refuse(420, 'Bad Extension', [['Unsupported', unsupported.join(', ')]]);
/** 423: the asked-for expiry is below our floor, which we state (RFC 3261 §21.4.17, RFC 3903 §6). */
export const intervalTooBrief = (floor: Seconds): Refusal =>
  refuse(423, 'Interval Too Brief', [['Min-Expires', String(floor)]]);
/** 439: outbound was asked for, but the first hop does not support it (RFC 5626 §11.6). */
export const firstHopLacksOutbound = (): Refusal => refuse(439, 'First Hop Lacks Outbound Support');
/** 408: nobody answered an INVITE in time; to other methods never (RFC 3261 §21.4.9, RFC 4320 §4.2). */
export const requestTimeout = (): Refusal => refuse(408, 'Request Timeout');
/** 487 to an INVITE that was cancelled (RFC 3261 §21.4.25). */
export const requestTerminated = (): Refusal => refuse(487, 'Request Terminated');
/** 430 to a proxy upstream: the flow that a token of ours names is gone (RFC 5626 §5.3.1). */
export const flowFailed = (): Refusal => refuse(430, 'Flow Failed');
/** 480: the user is known and cannot be reached now (RFC 3261 §21.4.18). */
export const temporarilyUnavailable = (): Refusal => refuse(480, 'Temporarily Unavailable');
/** 481 (RFC 3261 §21.4.19). */
export const dialogDoesNotExist = (): Refusal => refuse(481, 'Call/Transaction Does Not Exist');
/** 482 for a request that came by two ways (RFC 3261 §8.2.2.2). */
export const loopDetected = (why = 'Loop Detected'): Refusal => refuse(482, why);
/** 483 (RFC 3261 §21.4.21). */
export const tooManyHops = (): Refusal => refuse(483, 'Too Many Hops');
/** 489 with the packages known (RFC 6665 §8.3.2). */
export const badEvent = (allowEvents: readonly string[]): Refusal =>
  refuse(489, 'Bad Event', [['Allow-Events', allowEvents.join(', ')]]);
/** 500 for a fault of ours, or a CSeq out of order within a dialog (RFC 3261 §21.5.1, §12.2.2). */
export const serverError = (why = 'Server Internal Error'): Refusal => refuse(500, why);
/** 501 with the methods known anywhere (RFC 3261 §21.5.2). */
export const notImplemented = (allow: readonly string[]): Refusal =>
  refuse(501, 'Not Implemented', [['Allow', allow.join(', ')]]);
/** 503: a bound is reached; the peer may come again later (RFC 3261 §21.5.4). */
export const serviceUnavailable = (retryAfter: Seconds, why = 'Service Unavailable'): Refusal =>
  refuse(503, why, [['Retry-After', String(retryAfter)]]);
/** 500 that will pass: said of one request, not of the whole server as 503 is (RFC 3261 §21.5.1). */
export const busyForNow = (retryAfter: Seconds, why: string): Refusal =>
  refuse(500, why, [['Retry-After', String(retryAfter)]]);
/** 503 that says nothing of later: of this one request, to a peer that sends for many (RFC 7339 §5.10.2). */
export const serviceUnavailableNow = (): Refusal => refuse(503, 'Service Unavailable');
/** 505 (RFC 3261 §21.5.6). */
export const versionNotSupported = (): Refusal => refuse(505, 'Version Not Supported');
/** 401 with one challenge for each algorithm offered (RFC 3261 §22.2, RFC 8760 §2.4). */
export const unauthorized = (challenges: readonly string[]): Refusal =>
  refuse(
    401,
    'Unauthorized',
    challenges.map((challenge): HeaderPair => ['WWW-Authenticate', challenge]),
  );
/** 407 likewise, from a proxy on the way (RFC 3261 §22.3). */
export const proxyAuthenticationRequired = (challenges: readonly string[]): Refusal =>
  refuse(
    407,
    'Proxy Authentication Required',
    challenges.map((challenge): HeaderPair => ['Proxy-Authenticate', challenge]),
  );
