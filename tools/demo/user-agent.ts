import { randomBytes } from 'node:crypto';
import type { SipMessage, SipRequest, SipResponse } from '../../sip-stack/wire/message.ts';
import { answerDigest } from './digest-answer.ts';
import type { Address, Peer } from './peer.ts';
import { openTcp, openUdp } from './peer.ts';

/** Sees every message, in the order it leaves or comes. */
export type Observer = (direction: 'sent' | 'received', text: string) => void;

/** A request that a person would name: the rest of its headers is added. */
export interface Ask {
  readonly method: string;
  /** Request-URI; also To, unless `to` says otherwise. */
  readonly uri: string;
  readonly to?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: { readonly contentType: string; readonly text: string };
  /** Requests with one Call-ID and From tag: a registration, a subscription. A fresh one when left out. */
  readonly dialog?: DialogState;
}

/** The client's half of a dialog, or of a series of requests that belong together. */
export interface DialogState {
  readonly callId: string;
  readonly fromTag: string;
  /** `;tag=...` of the other side, once known. */
  toTag: string | undefined;
  /** Request-URI of requests within the dialog, once known. */
  target: string | undefined;
}

/** One device of one user, on one socket: just enough of a client to show and to test the server. */
export interface UserAgent {
  readonly peer: Peer;
  readonly contact: string;
  newDialog(): DialogState;
  /** Sends a request; answers one challenge by itself; gives the final response. */
  ask(ask: Ask): Promise<SipResponse>;
  /** Takes the next NOTIFY, which was answered with 200 already; waits for it when none has come. */
  nextNotify(withinMs?: number): Promise<SipRequest>;
  /** NOTIFYs that came and were not taken. */
  readonly notifiesWaiting: number;
  close(): void;
}

/** Whose device, and where its server is. */
export interface UserAgentConfig {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly server: Address;
  readonly transport: 'udp' | 'tcp';
  readonly observe?: Observer;
  /** Milliseconds until an unanswered request fails; 4000 when left out. */
  readonly patienceMs?: number;
}

const token = (): string => randomBytes(6).toString('hex');
/** Timer T1 (RFC 3261 §17.1.2.2): over UDP a request is sent again until it is answered. */
const resendAfterMs = 500;

export async function openUserAgent(config: UserAgentConfig): Promise<UserAgent> {
  const pending = new Map<string, (response: SipResponse) => void>();
  const notifies = createNotifyQueue();
  const seen = new Set<string>();
  const patienceMs = config.patienceMs ?? 4000;

  const send = (text: string): void => {
    config.observe?.('sent', text);
    peer.send(Buffer.from(text, 'utf8'));
  };

  const onNotify = (request: SipRequest): void => {
    send(okFor(request));
    // A retransmission is answered again but counts once (RFC 3261 §17.2.2).
    const branch = String(request.via.branch);
    if (seen.has(branch)) return;
    seen.add(branch);
    notifies.put(request);
  };

  const onMessage = (message: SipMessage): void => {
    config.observe?.('received', textOf(message));
    if (message.kind === 'request') {
      onNotify(message);
    } else if (message.status >= 200) {
      const branch = String(message.via.branch);
      const settle = pending.get(branch);
      pending.delete(branch);
      settle?.(message);
    }
  };

  const peer = await (config.transport === 'udp' ? openUdp : openTcp)(config.server, onMessage);
  const host = peer.local.host.includes(':') ? `[${peer.local.host}]` : peer.local.host;
  const localText = `${host}:${String(peer.local.port)}`;
  const contact = `sip:${config.user}@${localText}${peer.transport === 'tcp' ? ';transport=tcp' : ''}`;
  const aor = `sip:${config.user}@${config.domain}`;
  let cseq = 0;
  let challenges: readonly string[] = [];
  let timesAnswered = 0;
  let answersIn: 'Authorization' | 'Proxy-Authorization' = 'Authorization';

  const transact = (ask: Ask, dialog: DialogState, authorization: string | undefined): Promise<SipResponse> => {
    cseq += 1;
    const branch = `z9hG4bK${token()}`;
    const body = ask.body?.text ?? '';
    const toTag = dialog.toTag === undefined ? '' : `;tag=${dialog.toTag}`;
    const text = [
      `${ask.method} ${dialog.target ?? ask.uri} SIP/2.0`,
      `Via: SIP/2.0/${peer.transport.toUpperCase()} ${localText};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <${aor}>;tag=${dialog.fromTag}`,
      `To: <${ask.to ?? ask.uri}>${toTag}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${String(cseq)} ${ask.method}`,
      ...(ask.headers ?? []).map(([name, value]) => `${name}: ${value}`),
      ...(authorization === undefined ? [] : [`${answersIn}: ${authorization}`]),
      ...(ask.body === undefined ? [] : [`Content-Type: ${ask.body.contentType}`]),
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      '',
      body,
    ].join('\r\n');
    return new Promise((resolve, reject) => {
      const resend = setInterval(() => {
        if (peer.transport === 'udp') peer.send(Buffer.from(text, 'utf8'));
      }, resendAfterMs);
      const giveUp = setTimeout(() => {
        clearInterval(resend);
        pending.delete(branch);
        reject(new Error(`no answer to ${ask.method} ${ask.uri}`));
      }, patienceMs);
      pending.set(branch, (response) => {
        clearInterval(resend);
        clearTimeout(giveUp);
        resolve(response);
      });
      send(text);
    });
  };

  /** Answers the last puzzle that was put, so that later requests need no second try (RFC 7616 §3.6). */
  const authorizationFor = (ask: Ask, dialog: DialogState): string | undefined => {
    if (challenges.length === 0) return undefined;
    const { user: username, password } = config;
    const uri = dialog.target ?? ask.uri;
    const answer = answerDigest({ challenges, username, password, method: ask.method, uri, count: timesAnswered });
    timesAnswered += 1;
    return answer;
  };

  const newDialog = (): DialogState => ({ callId: token(), fromTag: token(), toTag: undefined, target: undefined });

  return {
    peer,
    contact,
    newDialog,
    async ask(ask) {
      const dialog = ask.dialog ?? newDialog();
      let response = await transact(ask, dialog, authorizationFor(ask, dialog));
      if (response.status === 401 || response.status === 407) {
        // A proxy asks in headers of its own (RFC 3261 §22.3).
        const byProxy = response.status === 407;
        challenges = response.headers.all(byProxy ? 'proxy-authenticate' : 'www-authenticate');
        answersIn = byProxy ? 'Proxy-Authorization' : 'Authorization';
        timesAnswered = 0;
        response = await transact(ask, dialog, authorizationFor(ask, dialog));
      }
      if (response.status < 300 && ask.method === 'SUBSCRIBE') {
        dialog.toTag = response.to.tag;
        dialog.target = /<([^>]+)>/.exec(response.headers.first('contact') ?? '')?.[1];
      }
      return response;
    },
    nextNotify: (withinMs = patienceMs) => notifies.take(withinMs),
    get notifiesWaiting() {
      return notifies.waiting();
    },
    close() {
      peer.close();
    },
  };
}

interface NotifyQueue {
  put(notify: SipRequest): void;
  /** The oldest, or the next that comes within this time. */
  take(withinMs: number): Promise<SipRequest>;
  waiting(): number;
}

function createNotifyQueue(): NotifyQueue {
  const notifies: SipRequest[] = [];
  const takers: ((notify: SipRequest) => void)[] = [];
  return {
    put(notify) {
      const taker = takers.shift();
      if (taker === undefined) notifies.push(notify);
      else taker(notify);
    },
    take(withinMs) {
      const waiting = notifies.shift();
      if (waiting !== undefined) return Promise.resolve(waiting);
      return new Promise((resolve, reject) => {
        const taker = (notify: SipRequest): void => {
          clearTimeout(giveUp);
          resolve(notify);
        };
        const giveUp = setTimeout(() => {
          takers.splice(takers.indexOf(taker), 1);
          reject(new Error(`no NOTIFY within ${String(withinMs)} ms`));
        }, withinMs);
        takers.push(taker);
      });
    },
    waiting: () => notifies.length,
  };
}

/** 200 to a request: the headers that a response copies (RFC 3261 §8.2.6.2). */
function okFor(request: SipRequest): string {
  const copied = ['via', 'from', 'to', 'call-id', 'cseq'].flatMap((name) =>
    request.headers.all(name).map((value) => `${name === 'cseq' ? 'CSeq' : name}: ${value}`),
  );
  return ['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n');
}

const textOf = (message: SipMessage): string => {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${String(message.status)} ${message.reason}`;
  const lines = [...message.headers.lines()].map(({ name, value }) => `${name}: ${value}`);
  return [start, ...lines, '', message.body.toString('utf8')].join('\r\n');
};
