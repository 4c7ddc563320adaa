import type { Instant } from '../../kernel/clock.ts';
import type { Flow } from '../../sip-stack/flow.ts';
import type { Identity, IncomingRequest } from '../../sip-stack/incoming.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';

const udp = { viaToken: 'UDP', uriParam: 'udp', reliable: false, secure: false, defaultPort: 5060 } as const;

/** A flow that sends nowhere, from a peer at `host`. */
export const fakeFlow = (host = '192.0.2.7', port = 5060): Flow => ({
  key: `udp|192.0.2.1:5060|${host}:${String(port)}`,
  transport: udp,
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host, port },
  open: true,
  send: () => undefined,
});

export interface IncomingParts {
  readonly method: string;
  readonly uri: string;
  readonly from: string;
  readonly to?: string;
  /** Within a dialog: the To tag. */
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Further header lines. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly now: Instant;
  readonly flow?: Flow;
  readonly identity?: Identity;
}

/** A request as it reaches guards and handlers: written out, parsed and checked like one from the network. */
export function incomingRequest(parts: IncomingParts): IncomingRequest {
  const { method, uri, from, to = from, callId = 'call-1', cseq = 1, headers = [] } = parts;
  const body = typeof parts.body === 'string' ? Buffer.from(parts.body) : (parts.body ?? Buffer.alloc(0));
  const lines = [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKtest',
    'Max-Forwards: 70',
    `From: <${from}>;tag=f1`,
    `To: <${to}>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${String(cseq)} ${method}`,
    ...headers,
    `Content-Length: ${String(body.length)}`,
    '',
    '',
  ];
  const parsed = parseMessage(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]));
  if (!parsed.ok || parsed.value.kind !== 'request') throw new Error(`no request: ${lines.join('|')}`);
  const fault = faultOf(parsed.value);
  if (fault !== undefined) throw new Error(fault.reason);
  const target = parseUri(uri);
  if (!target.ok) throw new Error(target.fault);
  return {
    request: parsed.value,
    uri: target.value,
    flow: parts.flow ?? fakeFlow(),
    receivedAt: parts.now,
    identity: parts.identity ?? { kind: 'anonymous' },
  };
}
