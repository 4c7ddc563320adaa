import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { createTimerWheel } from '../../kernel/timer-wheel.ts';
import type { Candidates } from '../../sip-stack/candidates.ts';
import { createEndpoint } from '../../sip-stack/endpoint.ts';
import type { Endpoint, EndpointDeps } from '../../sip-stack/endpoint.ts';
import type { Flow } from '../../sip-stack/flow.ts';
import type { Reply } from '../../sip-stack/reply.ts';
import { createWaysBack } from '../../sip-stack/ways-back.ts';
import { standardTimers } from '../../sip-stack/transaction/timers.ts';
import type { LargeRequestChoice } from '../../sip-stack/large-request-choice.ts';
import type { SipRequest } from '../../sip-stack/wire/message.ts';
import type { Via } from '../../sip-stack/wire/via.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import type { FakeLayer } from './fake-layer.ts';
import { createFakeLayer } from './fake-layer.ts';
import type { FakeTime } from './fake-time.ts';
import { createFakeTime } from './fake-time.ts';
import { createFakeTokens } from './fake-tokens.ts';

/** A request that reached the transaction user. */
export interface Reached {
  readonly request: SipRequest;
  readonly respond: (reply: Reply) => void;
}

/** An endpoint between a fake layer and a transaction user that does what the test says. */
export interface EndpointBed {
  readonly endpoint: Endpoint;
  readonly layer: FakeLayer;
  readonly time: FakeTime;
  readonly reached: Reached[];
  /** What the transaction user does with each new request; nothing unless set. */
  onRequest: (reached: Reached) => void;
  receive(text: string, flow: Flow): void;
  /** Value of a counter, or of the first of several with these labels. */
  figure(name: string, label?: string): number;
}

export function createEndpointBed(
  options: {
    readonly serverHeader?: string;
    readonly largeRequests?: LargeRequestChoice;
    /** Where responses go whose flow has failed. */
    readonly candidatesBack?: (via: Via) => Candidates;
  } & Pick<EndpointDeps, 'gate' | 'feedback' | 'downstream' | 'strays'> = {},
): EndpointBed {
  const time = createFakeTime();
  const layer = createFakeLayer();
  const meter = createMeter();
  const reached: Reached[] = [];
  const smallOnly: LargeRequestChoice = { transportFor: ({ transport }) => transport, refused: () => undefined };
  const { candidatesBack } = options;
  const waysBack =
    candidatesBack === undefined ? undefined : createWaysBack({ layer: () => layer, candidates: candidatesBack });
  const { gate, feedback, downstream, strays } = options;
  const endpoint = createEndpoint(
    {
      ...(gate === undefined ? {} : { gate }),
      ...(feedback === undefined ? {} : { feedback }),
      ...(downstream === undefined ? {} : { downstream }),
      ...(strays === undefined ? {} : { strays }),
      ...(waysBack === undefined ? {} : { waysBack }),
      clock: time.clock,
      wheel: createTimerWheel(time),
      tokens: createFakeTokens(),
      log: silentLog,
      meter,
      layer: () => layer,
      largeRequests: options.largeRequests ?? smallOnly,
      receiver: () => ({
        onRequest(request, _flow, _receivedAt, responder) {
          const entry = { request, respond: responder.respond.bind(responder) };
          reached.push(entry);
          bed.onRequest(entry);
        },
      }),
    },
    { timers: standardTimers, serverHeader: options.serverHeader ?? '' },
  );
  const bed: EndpointBed = {
    endpoint,
    layer,
    time,
    reached,
    onRequest: () => undefined,
    receive(text, flow) {
      const parsed = parseMessage(Buffer.from(text, 'latin1'));
      if (parsed.ok) endpoint.onMessage(parsed.value, flow);
      else endpoint.onMalformed(parsed.fault, flow);
    },
    figure(name, label) {
      const sample = meter
        .samples()
        .find((one) => one.name === name && (label === undefined || Object.values(one.labels).includes(label)));
      return sample?.value ?? Number.NaN;
    },
  };
  return bed;
}

export interface RequestText {
  readonly method?: string;
  readonly branch?: string;
  readonly via?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly toTag?: string;
  readonly cseqMethod?: string;
  readonly headers?: readonly string[];
}

/** A request of a client at 192.0.2.7 as text. */
export function requestText(parts: RequestText = {}): string {
  const { method = 'PUBLISH', branch = 'z9hG4bKa', callId = 'c1', cseq = 1, toTag, headers = [] } = parts;
  return [
    `${method} sip:alice@example.org SIP/2.0`,
    parts.via ?? `Via: SIP/2.0/UDP 192.0.2.7:5060;branch=${branch};rport`,
    'Max-Forwards: 70',
    'From: <sip:bob@example.org>;tag=ft',
    `To: <sip:alice@example.org>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${String(cseq)} ${parts.cseqMethod ?? method}`,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

export const statusOf = (text: string): number => Number(text.slice(8, 11));

export const toTagOf = (text: string): string | undefined => /^To:.*;tag=([^;\r]*)/m.exec(text)?.[1];
