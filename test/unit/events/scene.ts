import assert from 'node:assert/strict';
import type { Aor } from '../../../kernel/aor.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { seconds } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { createTimerWheel } from '../../../kernel/timer-wheel.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import type { Store } from '../../../db/store.ts';
import type { Events } from '../../../events/events.ts';
import { createEvents } from '../../../events/events.ts';
import type { Document, EventPackage, SubHandling, SubscriptionFacts } from '../../../events/package.ts';
import type { EventsConfig } from '../../../events/settings.ts';
import { eventsSection } from '../../../events/settings.ts';
import { subscriptions as table } from '../../../events/tables.ts';
import type { Answer, Identity, IncomingRequest } from '../../../sip-stack/incoming.ts';
import type { Destination, OutcomeListener, OutgoingRequest } from '../../../sip-stack/outgoing.ts';
import type { Reply } from '../../../sip-stack/reply.ts';
import type { SipMessage } from '../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import { parseUri } from '../../../sip-stack/wire/uri.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';

export const alice = aorFromStore('sip:alice@example.com');
export const bob: Identity = { kind: 'authenticated', aor: aorFromStore('sip:bob@example.com') };

/** A NOTIFY that left, as the watcher reads it. */
export interface Sent {
  readonly request: OutgoingRequest;
  readonly destination: Destination;
  readonly cseq: number;
  readonly state: string;
  readonly body: string | undefined;
  header(name: string): string | undefined;
  /** Answers it, or lets it time out. */
  answer(status: number | 'timeout', headers?: readonly string[]): void;
}

/** A package that knows nothing of presence: its state is a text for each resource. */
export interface WeatherPackage extends EventPackage {
  readonly texts: Map<string, string>;
  readonly handlings: Map<string, SubHandling>;
  /** Resources that rendering throws for. */
  readonly broken: Set<string>;
  renders: number;
}

export function weatherPackage(name = 'weather'): WeatherPackage {
  const texts = new Map<string, string>();
  const handlings = new Map<string, SubHandling>();
  return {
    name,
    defined: 'RFC 0000',
    texts,
    handlings,
    broken: new Set(),
    renders: 0,
    expiresDefault: seconds(1800),
    notifyBodies: ['text/weather', 'text/plain'],
    admit: (resource) =>
      resource.includes('nobody') ? { refused: true, status: 404, reason: 'Not Found' } : undefined,
    authorize: (watcher) => handlings.get(watcher.kind === 'known' ? watcher.aor : 'anonymous') ?? 'allow',
    view: (facts, handling) => `${handling} ${facts.contentType}`,
    render(facts: SubscriptionFacts, handling): Document | undefined {
      if (this.broken.has(facts.resource)) throw new Error('bug');
      this.renders += 1;
      if (handling === 'confirm') return undefined;
      const text = handling === 'polite-block' ? 'fog' : (texts.get(facts.resource) ?? 'unknown');
      return { contentType: facts.contentType, bytes: Buffer.from(text) };
    },
  };
}

export interface AskParts {
  readonly to?: string;
  readonly toTag?: string;
  readonly fromTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly event?: string | undefined;
  readonly expires?: number | string | undefined;
  readonly contact?: string | undefined;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly identity?: Identity;
  readonly uri?: string;
}

export interface Scene {
  readonly events: Events;
  readonly store: Store;
  readonly time: FakeTime;
  readonly weather: WeatherPackage;
  readonly sent: readonly Sent[];
  readonly meter: ReturnType<typeof createMeter>;
  /** Where NOTIFYs go; undefined for "no way". */
  way: Destination | undefined | Promise<Destination | undefined>;
  /** Answer given to each NOTIFY at once; undefined to leave them open. */
  autoAnswer: number | undefined;
  /** Hands a SUBSCRIBE to the handler, lets the answer leave, and what follows happen. */
  ask(parts?: AskParts): Promise<Reply>;
  /** The answer before it has left. */
  handle(parts?: AskParts): Promise<Answer>;
  /** Changes the weather of a resource and tells the feed. */
  change(resource: Aor, text: string): Promise<void>;
  last(): Sent;
}

/** An engine over a memory store, with a sender that only remembers. */
export function createScene(
  options: {
    readonly config?: Partial<EventsConfig>;
    readonly store?: Store;
    readonly weather?: WeatherPackage;
    readonly time?: FakeTime;
  } = {},
): Scene {
  const time = options.time ?? createFakeTime();
  const weather = options.weather ?? weatherPackage();
  const store = options.store ?? createMemoryStore({ tables: [table] });
  const meter = createMeter();
  const sent: Sent[] = [];
  const others = weatherPackage('tide');
  const packages = [weather, others];
  const events = createEvents(
    {
      clock: time.clock,
      scheduler: time.scheduler,
      wheel: createTimerWheel(time),
      tokens: createFakeTokens('tag'),
      log: silentLog,
      meter,
      store,
      packages: { all: packages, find: (name) => packages.find((one) => one.name === name) },
      sender: {
        send(request, destination, listener) {
          const one = sentOf(request, destination, listener);
          sent.push(one);
          if (scene.autoAnswer !== undefined) one.answer(scene.autoAnswer);
        },
      },
      locate: { destination: () => scene.way, flowToKeep: (incoming) => incoming.flow.key },
      transport: { contact: (_flow, scheme = 'sip') => `${scheme}:192.0.2.1:5060` },
    },
    { ...defaultsOf(eventsSection), ...options.config },
  );
  const scene: Scene = {
    events,
    store,
    time,
    weather,
    sent,
    meter,
    way: { kind: 'flow', flow: fakeFlow() },
    autoAnswer: 200,
    async ask(parts) {
      const answer = await scene.handle(parts);
      answer.afterwards?.();
      await time.advanceAsync(0);
      return answer.reply;
    },
    handle: async (parts) => events.subscribe(subscribeRequest(parts, time)),
    async change(resource, text) {
      weather.texts.set(resource, text);
      await store.transact([], [{ eventPackage: weather.name, resource }]);
      await time.advanceAsync(0);
    },
    last() {
      const one = sent.at(-1);
      assert.ok(one, 'a NOTIFY was sent');
      return one;
    },
  };
  return scene;
}

function subscribeRequest(parts: AskParts = {}, time: FakeTime): IncomingRequest {
  const { to = 'sip:alice@example.com', fromTag = 'f1', callId = 'c1', cseq = 1, body = '', headers = [] } = parts;
  const uri = parts.uri ?? to;
  const optional = (name: keyof AskParts, line: string): readonly string[] =>
    name in parts && parts[name] === undefined ? [] : [line];
  const lines = [
    `SUBSCRIBE ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKtest',
    `From: "Bob" <sip:bob@example.com>;tag=${fromTag}`,
    `To: <${to}>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${String(cseq)} SUBSCRIBE`,
    ...optional('contact', `Contact: ${parts.contact ?? '<sip:bob@192.0.2.7:5060>'}`),
    ...optional('event', `Event: ${parts.event ?? 'weather'}`),
    ...optional('expires', `Expires: ${String(parts.expires ?? 600)}`),
    ...headers,
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ];
  const request = messageOf(lines);
  const target = parseUri(uri);
  assert.ok(request.kind === 'request' && target.ok);
  const flow = fakeFlow();
  return { request, uri: target.value, flow, receivedAt: time.clock.now(), identity: parts.identity ?? bob };
}

function messageOf(lines: readonly string[]): SipMessage {
  const parsed = parseMessage(Buffer.from(lines.join('\r\n'), 'latin1'));
  assert.ok(parsed.ok);
  return parsed.value;
}

function sentOf(request: OutgoingRequest, destination: Destination, listener: OutcomeListener): Sent {
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*?)\r\n`, 'm').exec(request.headerText ?? '')?.[1];
  return {
    request,
    destination,
    cseq: Number.parseInt(header('CSeq') ?? '', 10),
    state: header('Subscription-State') ?? '',
    body: request.body?.bytes.toString(),
    header,
    answer(status, headers = []) {
      if (status === 'timeout') {
        listener.onOutcome({ kind: 'timeout' });
        return;
      }
      const response = messageOf([
        `SIP/2.0 ${String(status)} Whatever`,
        'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnotify',
        'From: <sip:alice@example.com>;tag=a',
        'To: <sip:bob@example.com>;tag=f1',
        'Call-ID: c1',
        'CSeq: 1 NOTIFY',
        ...headers,
        'Content-Length: 0',
        '',
        '',
      ]);
      assert.ok(response.kind === 'response');
      listener.onOutcome({ kind: 'final', response });
    },
  };
}

/** The value of a header of a reply. */
export const headerOf = (reply: Reply, name: string): string | undefined =>
  reply.headers?.find(([each]) => each === name)?.[1];
