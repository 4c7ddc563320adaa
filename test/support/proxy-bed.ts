import assert from 'node:assert/strict';
import type { Aor } from '../../kernel/aor.ts';
import { aorFromStore } from '../../kernel/aor.ts';
import { milliseconds, seconds } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { createTimerWheel } from '../../kernel/timer-wheel.ts';
import type { Target } from '../../proxy/call.ts';
import { createProxyCounts } from '../../proxy/counts.ts';
import { createDialogSeal } from '../../proxy/dialog-seal.ts';
import { createFlowTokens } from '../../proxy/flow-token.ts';
import { createLoopHash } from '../../proxy/loop-hash.ts';
import type { ProxySettings } from '../../proxy/proxy.ts';
import { createProxy } from '../../proxy/proxy.ts';
import { createRecordRoute } from '../../proxy/record-route.ts';
import type { ProxyStep } from '../../proxy/step.ts';
import { createDefects } from '../../sip-stack/defects.ts';
import type { Destination } from '../../sip-stack/destination.ts';
import { createDispatch } from '../../sip-stack/dispatch.ts';
import { createEndpoint } from '../../sip-stack/endpoint.ts';
import { createFailover } from '../../sip-stack/failover.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../../sip-stack/flow.ts';
import { flowToKeep } from '../../sip-stack/flow-to-keep.ts';
import type { RequestReceiver } from '../../sip-stack/responder.ts';
import { standardTimers } from '../../sip-stack/transaction/timers.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import type { SipUri } from '../../sip-stack/wire/uri.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import type { FakeFlow, FakeLayer } from './fake-layer.ts';
import { createFakeLayer, tcp, udp } from './fake-layer.ts';
import type { FakeTime } from './fake-time.ts';
import { createFakeTime } from './fake-time.ts';
import { createFakeTokens } from './fake-tokens.ts';

export const target = (uri: string, more: Partial<Target> = {}): Target => ({
  uri,
  q: 1000,
  flow: '',
  path: [],
  device: '',
  params: '',
  ...more,
});

/** The proxy on an endpoint without sockets; `example.org` and 192.0.2.1 are ours, names and numbers are found at once. */
export interface ProxyBed {
  readonly layer: FakeLayer;
  readonly time: FakeTime;
  /** Where users are; an AOR without entry is nobody. */
  readonly users: Map<string, readonly Target[]>;
  readonly failed: Target[];
  flowFrom(transport: TransportFacts, peer: Peer): FakeFlow;
  receive(text: string, flow: Flow): void;
  /** What was sent since the last time to this address, as text. */
  sentTo(address: string): readonly string[];
  figure(name: string, label?: string): number;
}

const isOurs = (uri: SipUri): boolean => uri.host === 'example.org' || uri.host === '192.0.2.1';

export function createProxyBed(
  options: {
    readonly steps?: readonly ProxyStep[];
    readonly settings?: Partial<ProxySettings>;
    /** Addresses that one name has, in the order of trying. */
    readonly names?: Readonly<Record<string, readonly string[]>>;
  } = {},
): ProxyBed {
  const time = createFakeTime();
  const meter = createMeter();
  const flows = new Map<FlowKey, FakeFlow>();
  const fake = createFakeLayer();
  const layer: FakeLayer = {
    ...fake,
    bound: [
      { transport: udp, host: '192.0.2.1', port: 5060 },
      { transport: tcp, host: '192.0.2.1', port: 5060 },
    ],
    flow: (key) => flows.get(key),
    contact: (flow) => `sip:192.0.2.1:5060${flow.transport === udp ? '' : `;transport=${flow.transport.uriParam}`}`,
  };
  const wheel = createTimerWheel(time);
  const defects = createDefects({ log: silentLog, meter });
  const tokens = createFakeTokens();
  const deps = { ...time, wheel, tokens, log: silentLog, meter, defects };
  const users = new Map<string, readonly Target[]>();
  const failed: Target[] = [];
  const endpoint = createEndpoint(
    {
      ...deps,
      layer: () => layer,
      largeRequests: { transportFor: ({ transport }) => transport, refused: () => undefined },
      receiver: (): RequestReceiver => dispatch,
      strays: () => proxy.strays,
    },
    { timers: standardTimers, serverHeader: '' },
  );
  const localAor = (uri: SipUri): Aor | undefined =>
    isOurs(uri) ? aorFromStore(`sip:${uri.user ?? ''}@example.org`) : undefined;

  const destinations = (uriText: string, flowKey: FlowKey): Destination[] => {
    const flow = flows.get(flowKey);
    if (flow?.open === true) return [{ kind: 'flow', flow }];
    const uri = parseUri(uriText);
    assert.ok(uri.ok, uriText);
    const { host, port = 5060, params } = uri.value;
    const transport = params.get('transport') === 'tcp' ? tcp : udp;
    if (host.endsWith('.invalid')) return [];
    const hosts = options.names?.[host] ?? [host];
    return hosts.map((each) => ({ kind: 'address', transport, peer: { host: each, port } }));
  };
  const found: ProxyStep = {
    name: 'found',
    doc: '',
    run(call) {
      const method = call.incoming.request.method;
      if (['INVITE', 'SUBSCRIBE', 'REFER'].includes(method)) call.recordRoute = true;
      if (call.targets.length === 0 && call.localAor !== undefined) call.targets = users.get(call.localAor) ?? [];
      return 'next';
    },
  };
  const flowTokens = createFlowTokens('the secret of the test');
  const seal = createDialogSeal('the secret of the test');
  const proxy = createProxy(
    {
      ...deps,
      counts: createProxyCounts(meter),
      forwarder: endpoint,
      failover: createFailover({ ...deps, source: { failed: () => undefined } }, { failoverAfter: milliseconds(0) }),
      candidates(uri, flowKey) {
        const list = destinations(uri, flowKey);
        return {
          reason: 'no more',
          get more() {
            return list.length > 0;
          },
          next: () => list.shift(),
        };
      },
      locations: {
        targets: (aor) => users.get(aor) ?? [],
        has: (aor) => users.has(aor),
        gruu: () => undefined,
        flowFailed: (_aor, gone) => failed.push(gone),
      },
      recordRoute: createRecordRoute({ contact: (flow) => layer.contact(flow), tokens: flowTokens, seal, flowToKeep }),
      flowTowards: (to) => (to.kind === 'flow' ? to.flow : layer.connect(to.transport, to.peer)),
      domains: {
        primary: 'example.org',
        domainOf: (uri) => (isOurs(uri) ? 'example.org' : undefined),
        localAor,
        serves: (host) => host === 'example.org' || host === '192.0.2.1',
      },
      loopHash: createLoopHash('seed'),
      tokens: flowTokens,
      seal,
      steps: [...(options.steps ?? []), found],
      isOpen: (flow) => flows.get(flow)?.open === true,
    },
    {
      timerC: seconds(185),
      nextGroupAfter: seconds(0),
      branchesMax: 32,
      recurse: false,
      stateless: [],
      ...options.settings,
    },
  );
  const dispatch = createDispatch(
    { defects },
    {
      serves: isOurs,
      onward: proxy,
      guards: [],
      isOwnEvent: (request) => request.headers.first('event') === 'presence',
      handlers: ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'OPTIONS'].map((method) => ({
        method,
        handler: () => ({ reply: { status: 299, reason: 'Here' } }),
      })),
    },
  );

  return {
    layer,
    time,
    users,
    failed,
    flowFrom(transport, peer) {
      const flow = layer.flowFrom(transport, peer);
      flows.set(flow.key, flow);
      return flow;
    },
    receive(text, flow) {
      const parsed = parseMessage(Buffer.from(text, 'latin1'));
      if (parsed.ok) endpoint.onMessage(parsed.value, flow);
      else endpoint.onMalformed(parsed.fault, flow);
    },
    sentTo(address) {
      const taken: string[] = [];
      for (let at = layer.sent.length - 1; at >= 0; at -= 1) {
        if (layer.sent[at]?.to === address) taken.unshift(...layer.sent.splice(at, 1).map(({ text }) => text));
      }
      return taken;
    },
    figure(name, label) {
      const sample = meter
        .samples()
        .find((one) => one.name === name && (label === undefined || Object.values(one.labels).includes(label)));
      return sample?.value ?? Number.NaN;
    },
  };
}

export interface BedRequest {
  readonly method?: string;
  readonly uri?: string;
  readonly branch?: string;
  readonly sentBy?: string;
  readonly transport?: string;
  readonly headers?: readonly string[];
  readonly cseq?: number;
  readonly toTag?: string;
  readonly callId?: string;
  readonly body?: string;
  readonly contact?: string;
}

/** A request of a client at 198.51.100.1. */
export function bedRequest(parts: BedRequest = {}): string {
  const { method = 'INVITE', uri = 'sip:bob@example.org', headers = [], body = '', toTag } = parts;
  const { sentBy = '198.51.100.1:5060', transport = 'UDP', contact = `<sip:alice@${sentBy}>` } = parts;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=${parts.branch ?? 'z9hG4bKalice'};rport`,
    ...(headers.some((line) => /^max-forwards/i.test(line)) ? [] : ['Max-Forwards: 70']),
    'From: <sip:alice@example.org>;tag=ft',
    `To: <sip:bob@example.org>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${parts.callId ?? 'c1'}`,
    `CSeq: ${String(parts.cseq ?? 1)} ${method}`,
    ...(contact === '' ? [] : [`Contact: ${contact}`]),
    ...headers,
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}

/** The answer of a device to a request as it came to it. */
export function bedResponse(request: string, status: number, headers: readonly string[] = [], tag = 'tt'): string {
  const lines = request.slice(0, request.indexOf('\r\n\r\n')).split('\r\n').slice(1);
  const copied = lines.filter((line) => /^(?:Via|Record-Route|From|Call-ID|CSeq):/.test(line));
  const to = lines.find((line) => line.startsWith('To:')) ?? '';
  return [
    `SIP/2.0 ${String(status)} Answer`,
    ...copied,
    status === 100 || to.includes(';tag=') ? to : `${to};tag=${tag}`,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** The start line: method, or status. */
export const startOf = (text: string): string =>
  text.startsWith('SIP/2.0 ') ? text.slice(8, 11) : text.slice(0, text.indexOf(' '));

/** Values of the lines of this name. */
export const linesOf = (text: string, name: string): readonly string[] =>
  text
    .slice(0, text.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
