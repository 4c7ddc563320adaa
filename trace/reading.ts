import { latin1Slice } from '../sip-stack/wire/bytes.ts';
import type { Headers } from '../sip-stack/wire/message.ts';
import { parseNameAddrList } from '../sip-stack/wire/name-addr.ts';
import { parseMessage } from '../sip-stack/wire/parse.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';

/** What a message says as far as it can be read: the faulty ones are those an operator looks for. */
export interface Reading {
  readonly kind: 'request' | 'response' | 'malformed';
  /** Of the request, or of the request that is answered; '' where it cannot be read. */
  readonly method: string;
  /** 0 for what is no response. */
  readonly status: number;
  /** Start line without its end. */
  readonly startLine: string;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  /** URIs by which a person can be meant. */
  persons(): readonly SipUri[];
}

/** Longest start line shown of what is no message. */
const lineLengthMax = 120;
const personHeaders = ['from', 'to', 'contact', 'p-asserted-identity', 'p-preferred-identity'] as const;
const nobody = (): readonly SipUri[] => [];

/** Reads a message; one that holds no message has its first line as start line. */
export function readingOf(bytes: Buffer): Reading {
  const parsed = parseMessage(bytes);
  const message = parsed.ok ? parsed.value : parsed.fault.request;
  if (message === undefined) return malformed(bytes);
  const { headers } = message;
  const request = message.kind === 'request' ? message : undefined;
  return {
    kind: message.kind,
    method: request?.method ?? cseqMethod(headers),
    status: message.kind === 'response' ? message.status : 0,
    startLine:
      message.kind === 'request'
        ? `${message.method} ${message.uri}`
        : `${String(message.status)} ${message.reason}`.trimEnd(),
    callId: headers.first('call-id') ?? '',
    from: headers.first('from') ?? '',
    to: headers.first('to') ?? '',
    persons: () => personsOf(headers, request?.uri),
  };
}

function malformed(bytes: Buffer): Reading {
  const text = latin1Slice(bytes, 0, Math.min(bytes.length, lineLengthMax));
  const startLine = text.split(/[\r\n]/, 1)[0] ?? '';
  return { kind: 'malformed', method: '', status: 0, startLine, callId: '', from: '', to: '', persons: nobody };
}

const cseqMethod = (headers: Headers): string => /^\s*\d+\s+(\S+)/.exec(headers.first('cseq') ?? '')?.[1] ?? '';

function personsOf(headers: Headers, requestUri: string | undefined): readonly SipUri[] {
  const uri = requestUri === undefined ? undefined : parseUri(requestUri);
  const persons: SipUri[] = uri?.ok === true ? [uri.value] : [];
  for (const name of personHeaders) {
    const values = parseNameAddrList(headers.all(name));
    if (values.ok) for (const value of values.value) persons.push(value.uri);
  }
  return persons;
}
