import assert from 'node:assert/strict';
import type { Peer } from '../../sip-stack/flow.ts';
import { hostPort } from '../../sip-stack/flow-key.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../sip-stack/wire/message.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { splitList } from '../../sip-stack/wire/values.ts';

/** What a phone is attached to: takes its datagrams, brings those for it. */
export interface PhoneNetwork {
  attach(at: Peer, receive: (bytes: Buffer) => void): void;
  deliver(from: Peer, bytes: Buffer): void;
}

export interface Ask {
  readonly headers?: readonly string[];
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly fromTag?: string;
  readonly to?: string;
  readonly body?: string;
  /** Contact line; none when ''. */
  readonly contact?: string;
  readonly maxForwards?: number;
}

/** A dialog as one end sees it (RFC 3261 §12). */
export interface PhoneDialog {
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly target: string;
  readonly routes: readonly string[];
}

/** A device that sends what it is told to and keeps what comes; it retransmits nothing and answers nothing by itself. */
export interface Phone {
  readonly uri: string;
  readonly at: Peer;
  /** Everything that came, retransmissions included. */
  readonly inbox: SipMessage[];
  readonly texts: string[];
  send(lines: readonly string[], body?: string): void;
  request(method: string, uri: string, ask?: Ask): void;
  respond(request: SipRequest, status: number, ask?: Ask & { readonly tag?: string }): void;
  /** Takes the oldest message that came: a request by its method, a response by status and method: `200 INVITE`. */
  takeRequest(method: string): SipRequest;
  takeResponse(what: string): SipResponse;
  within(dialog: PhoneDialog, method: string, cseq: number, ask?: Ask): void;
}

export function createPhone(options: {
  readonly user: string;
  readonly domain?: string;
  readonly at: Peer;
  readonly network: PhoneNetwork;
  readonly transport?: string;
}): Phone {
  const { user, domain = 'example.org', at, network, transport = 'UDP' } = options;
  const local = hostPort(at);
  const inbox: SipMessage[] = [];
  const texts: string[] = [];
  let count = 0;
  network.attach(at, (bytes) => {
    texts.push(bytes.toString('latin1'));
    const parsed = parseMessage(bytes);
    assert.ok(parsed.ok, `unreadable: ${bytes.toString('latin1')}`);
    inbox.push(parsed.value);
  });
  const transportParam = transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`;
  const contact = `Contact: <sip:${user}@${local}${transportParam}>`;

  const phone: Phone = {
    uri: `sip:${user}@${domain}`,
    at,
    inbox,
    texts,
    send(lines, body = '') {
      network.deliver(at, Buffer.from([...lines, `Content-Length: ${String(body.length)}`, '', body].join('\r\n')));
    },
    request(method, uri, ask = {}) {
      count += 1;
      const { callId = `call-of-${user}`, cseq = 1, fromTag = `tag-${user}`, to = `<${uri}>` } = ask;
      phone.send(
        [
          `${method} ${uri} SIP/2.0`,
          `Via: SIP/2.0/${transport} ${local};branch=${ask.branch ?? `z9hG4bK-${user}-${at.host.slice(-2)}-${String(count)}`};rport`,
          `Max-Forwards: ${String(ask.maxForwards ?? 70)}`,
          `From: <sip:${user}@${domain}>;tag=${fromTag}`,
          `To: ${to}`,
          `Call-ID: ${callId}`,
          `CSeq: ${String(cseq)} ${method}`,
          ...(ask.contact === '' ? [] : [ask.contact ?? contact]),
          ...(ask.headers ?? []),
        ],
        ask.body,
      );
    },
    respond(request, status, ask = {}) {
      const { headers } = request;
      const copied = ['Via', 'Record-Route', 'From', 'Call-ID', 'CSeq'].flatMap((name) =>
        headers.all(name.toLowerCase()).map((value) => `${name}: ${value}`),
      );
      const to = headers.first('to') ?? '';
      const tagged = status > 100 && !to.includes(';tag=') ? `${to};tag=${ask.tag ?? `tag-${user}`}` : to;
      phone.send(
        [
          `SIP/2.0 ${String(status)} Answer`,
          ...copied,
          `To: ${tagged}`,
          ...(ask.contact === '' ? [] : [ask.contact ?? contact]),
          ...(ask.headers ?? []),
        ],
        ask.body,
      );
    },
    takeRequest(method) {
      const message = inbox.shift();
      assert.ok(message?.kind === 'request', `${user} wants ${method}, not ${named(message)}`);
      assert.equal(message.method, method);
      return message;
    },
    takeResponse(what) {
      const message = inbox.shift();
      assert.ok(message?.kind === 'response', `${user} wants ${what}, not ${named(message)}`);
      assert.equal(named(message), what);
      return message;
    },
    within(dialog, method, cseq, ask = {}) {
      count += 1;
      phone.send(
        [
          `${method} ${dialog.target} SIP/2.0`,
          `Via: SIP/2.0/${transport} ${local};branch=${ask.branch ?? `z9hG4bK-${user}-${at.host.slice(-2)}-${String(count)}`};rport`,
          'Max-Forwards: 70',
          ...dialog.routes.map((route) => `Route: ${route}`),
          `From: ${dialog.from}`,
          `To: ${dialog.to}`,
          `Call-ID: ${dialog.callId}`,
          `CSeq: ${String(cseq)} ${method}`,
          contact,
          ...(ask.headers ?? []),
        ],
        ask.body,
      );
    },
  };
  return phone;
}

export function named(message: SipMessage | undefined): string {
  if (message === undefined) return 'nothing';
  const method = (message.headers.first('cseq') ?? '').split(' ')[1] ?? '';
  return message.kind === 'request' ? message.method : `${String(message.status)} ${method}`;
}

const recorded = (message: SipMessage): readonly string[] => message.headers.all('record-route').flatMap(splitList);

const targetOf = (message: SipMessage): string => /<([^>]+)>/.exec(message.headers.first('contact') ?? '')?.[1] ?? '';

/** The dialog of the caller, made by a response (RFC 3261 §12.1.2). */
export const callerDialog = (response: SipResponse): PhoneDialog => ({
  from: response.headers.first('from') ?? '',
  to: response.headers.first('to') ?? '',
  callId: response.headers.first('call-id') ?? '',
  target: targetOf(response),
  routes: [...recorded(response)].reverse(),
});

/** The dialog of the one who was called, made by the request (RFC 3261 §12.1.1). */
export const calledDialog = (request: SipRequest, tag: string): PhoneDialog => ({
  from: `${request.headers.first('to') ?? ''};tag=${tag}`,
  to: request.headers.first('from') ?? '',
  callId: request.headers.first('call-id') ?? '',
  target: targetOf(request),
  routes: recorded(request),
});
