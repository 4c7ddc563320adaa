import assert from 'node:assert/strict';
import { createDomains } from '../../auth/domains.ts';
import { defaultsOf } from '../../config/section.ts';
import { createMemoryStore } from '../../db/backends/memory.ts';
import type { Store } from '../../db/store.ts';
import { type Aor, aorFromStore } from '../../kernel/aor.ts';
import type { StateChange } from '../../kernel/feed.ts';
import type { LogFields } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { createTimerWheel } from '../../kernel/timer-wheel.ts';
import { createRegistrar, type Registrar } from '../../registrar/registrar.ts';
import { type RegistrarConfig, registrarSection } from '../../registrar/settings.ts';
import { registrarTables } from '../../registrar/tables.ts';
import type { Flow, FlowKey } from '../../sip-stack/flow.ts';
import type { OutcomeListener, OutgoingRequest } from '../../sip-stack/outgoing.ts';
import type { Reply } from '../../sip-stack/reply.ts';
import { parseUri, type SipUri } from '../../sip-stack/wire/uri.ts';
import { tcp } from './fake-layer.ts';
import { createFakeTime, type FakeTime } from './fake-time.ts';
import { fakeFlow, incomingRequest } from './sip-incoming.ts';

export const alice = aorFromStore('sip:alice@example.com');

/** A connection as the registrar sees it. */
export interface Connection extends Flow {
  open: boolean;
}

export interface Sending {
  /** Header lines: Contact, Supported ... */
  readonly headers: readonly string[];
  readonly user?: string;
  readonly flow?: Flow;
  readonly callId?: string;
  readonly cseq?: number;
}

export interface Ping {
  readonly request: OutgoingRequest;
  readonly flow: Flow;
  readonly listener: OutcomeListener;
}

/** A whole registrar over a memory store, with flows and pings that only remember. */
export interface RegistrarBed {
  readonly registrar: Registrar;
  readonly store: Store;
  readonly time: FakeTime;
  readonly news: StateChange[];
  readonly pings: Ping[];
  readonly lines: { readonly event: string; readonly fields: LogFields | undefined }[];
  /** Settings; changing one is a reload. */
  readonly config: { -readonly [Name in keyof RegistrarConfig]: RegistrarConfig[Name] };
  readonly connection: (host: string, port: number) => Connection;
  /** Closes a connection, and lets what follows happen. */
  readonly close: (connection: Connection) => Promise<void>;
  readonly send: (sending: Sending) => Promise<Reply>;
  /** As `send`, of Alice: the answer is a 200. */
  readonly register: (...headers: string[]) => Promise<Reply>;
  readonly figure: (name: string) => number;
}

let connections = 0;

export async function createRegistrarBed(
  settings: Partial<RegistrarConfig> = {},
  given: { readonly store?: Store; readonly time?: FakeTime; readonly tokens?: number } = {},
): Promise<RegistrarBed> {
  const time = given.time ?? createFakeTime();
  const store = given.store ?? createMemoryStore({ tables: registrarTables });
  const config = { ...defaultsOf(registrarSection), ...settings };
  const news: StateChange[] = [];
  store.feed.listen((change) => news.push(change));
  const lines: RegistrarBed['lines'][number][] = [];
  const say =
    (level: string) =>
    (event: string, fields?: LogFields): void => {
      if (level !== 'debug') lines.push({ event, fields });
    };
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const flows = new Map<FlowKey, Flow>();
  const pings: Ping[] = [];
  const domains = createDomains({ domains: ['example.com'], ownAddresses: () => [] });
  const users = new Set<Aor>([alice, aorFromStore('sip:bob@example.com')]);
  const meter = createMeter();
  let tokens = given.tokens ?? 0;
  const created = await createRegistrar(
    {
      store,
      clock: time.clock,
      tokens: {
        token(bits) {
          tokens += 1;
          return String(tokens).padStart(Math.ceil(bits / 6), 'A');
        },
      },
      wheel: createTimerWheel(time),
      log,
      meter,
      residents: {
        domainOf: (uri) => domains.domainOf(uri),
        localAor: (uri) => domains.localAor(uri),
        has: (aor) => users.has(aor),
      },
      sender: {
        send(request, destination, listener) {
          assert.ok(destination.kind === 'flow');
          pings.push({ request, flow: destination.flow, listener });
        },
      },
      flow: (key) => flows.get(key),
    },
    config,
  );
  assert.ok(created.ok);
  const registrar = created.value;
  let cseq = 0;

  const send = async ({ headers, user = 'alice', flow, callId, cseq: number }: Sending): Promise<Reply> => {
    cseq += 1;
    const aor = `sip:${user}@example.com`;
    const over = flow ?? fakeFlow();
    if (over.transport.uriParam === 'udp') flows.set(over.key, over);
    const { reply } = await registrar.register(
      incomingRequest({
        method: 'REGISTER',
        uri: 'sip:example.com',
        from: aor,
        cseq: number ?? cseq,
        headers,
        now: time.clock.now(),
        identity: { kind: 'authenticated', aor: aorFromStore(aor) },
        flow: over,
        ...(callId === undefined ? {} : { callId }),
      }),
    );
    // The news comes after the answer.
    await time.advanceAsync(0);
    return reply;
  };

  return {
    registrar,
    store,
    time,
    news,
    pings,
    lines,
    config,
    connection(host, port) {
      connections += 1;
      const key = `tcp|192.0.2.1:5060|${host}:${String(port)}|${String(connections)}`;
      const flow = {
        key,
        transport: tcp,
        local: { host: '192.0.2.1', port: 5060 },
        remote: { host, port },
        open: true,
        send: () => undefined,
      };
      flows.set(key, flow);
      return flow;
    },
    async close(connection) {
      connection.open = false;
      flows.delete(connection.key);
      registrar.onFlowClosed(connection);
      await time.advanceAsync(0);
    },
    send,
    async register(...headers) {
      const reply = await send({ headers });
      assert.equal(reply.status, 200, reply.reason);
      return reply;
    },
    figure: (name) => meter.samples().find((sample) => sample.name === name)?.value ?? 0,
  };
}

/** Values of a header of an answer. */
export const valuesOf = (reply: Reply, name: string): readonly string[] =>
  (reply.headers ?? []).filter(([each]) => each === name).map(([, value]) => value);

/** A contact parameter of the first Contact of an answer. */
export const contactParam = (reply: Reply, name: string): string | undefined =>
  new RegExp(`;${name}="([^"]*)"`).exec(valuesOf(reply, 'Contact')[0] ?? '')?.[1];

export function uriOf(text: string): SipUri {
  const uri = parseUri(text);
  assert.ok(uri.ok, text);
  return uri.value;
}
