import { createMeter } from '../../kernel/meter.ts';
import type { Sample } from '../../kernel/meter.ts';
import { createTimerWheel } from '../../kernel/timer-wheel.ts';
import type { LogFields } from '../../kernel/log.ts';
import { defaultsOf } from '../../config/section.ts';
import type { Flow } from '../../sip-stack/flow.ts';
import type { TransportContext, TransportKind } from '../../sip-stack/transport/kind.ts';
import type { TransportLayer, TransportListener } from '../../sip-stack/transport/layer-port.ts';
import { openDoor } from '../../sip-stack/transport/admission.ts';
import { noCertificates } from '../../sip-stack/transport/certificates.ts';
import { createSources } from '../../sip-stack/transport/sources.ts';
import { noTap } from '../../sip-stack/transport/tap.ts';
import { tlsSection } from '../../sip-stack/transport/tls-settings.ts';
import { createTransportLayer } from '../../sip-stack/transport/layer.ts';
import type { TransportSettings } from '../../sip-stack/transport/settings.ts';
import { transportSection } from '../../sip-stack/transport/settings.ts';
import type { ParseFault } from '../../sip-stack/wire/fault.ts';
import type { SipMessage } from '../../sip-stack/wire/message.ts';
import type { FakeTime } from './fake-time.ts';
import { createFakeTime } from './fake-time.ts';
import { createFakeTokens } from './fake-tokens.ts';

/** Everything a transport told its listener, in order. */
export type Told =
  | { readonly kind: 'message'; readonly message: SipMessage; readonly flow: Flow }
  | { readonly kind: 'malformed'; readonly fault: ParseFault; readonly flow: Flow }
  | { readonly kind: 'closed'; readonly flow: Flow };

/** A listener that remembers, and can be waited for. */
export interface Recorder extends TransportListener {
  readonly told: readonly Told[];
  /** The entries of one kind, once there are `count` of them. */
  until<Kind extends Told['kind']>(kind: Kind, count?: number): Promise<readonly (Told & { readonly kind: Kind })[]>;
}

export function createRecorder(onTold: (told: Told) => void = () => undefined): Recorder {
  const told: Told[] = [];
  let wake: (() => void)[] = [];
  const tell = (entry: Told): void => {
    told.push(entry);
    onTold(entry);
    const waiting = wake;
    wake = [];
    for (const each of waiting) each();
  };
  return {
    told,
    onMessage: (message, flow) => tell({ kind: 'message', message, flow }),
    onMalformed: (fault, flow) => tell({ kind: 'malformed', fault, flow }),
    onFlowClosed: (flow) => tell({ kind: 'closed', flow }),
    async until<Kind extends Told['kind']>(kind: Kind, count = 1) {
      const found = (): (Told & { readonly kind: Kind })[] =>
        told.filter((entry): entry is Told & { readonly kind: Kind } => entry.kind === kind);
      while (found().length < count) await new Promise<void>((resolve) => wake.push(resolve));
      return found();
    },
  };
}

/** What a transport needs, on virtual time, with what it logged and counted. */
export interface TransportBench {
  readonly context: TransportContext;
  readonly time: FakeTime;
  readonly listener: Recorder;
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
  samples(): readonly Sample[];
}

/** What a transport may be given besides: certificates, a door, a tap. */
export type Given = Partial<Pick<TransportContext, 'admission' | 'certificates' | 'tap' | 'tls'>>;

export function createTransportBench(
  changed: Partial<TransportSettings> = {},
  listener: Recorder = createRecorder(),
  given: Given = {},
): TransportBench {
  const time = createFakeTime();
  const settings = { ...defaultsOf(transportSection), ...changed };
  const { admission = openDoor } = given;
  const meter = createMeter();
  const logged: { readonly event: string; readonly fields: LogFields }[] = [];
  const write = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  const context: TransportContext = {
    clock: time.clock,
    wheel: createTimerWheel(time),
    tokens: createFakeTokens('epoch'),
    log: { debug: write, info: write, warn: write, error: write },
    meter,
    settings,
    listener,
    tap: noTap,
    admission,
    certificates: noCertificates(),
    tls: defaultsOf(tlsSection),
    sources: createSources({ clock: time.clock, admission }, settings),
    ...given,
  };
  return { context, time, listener, logged, samples: () => meter.samples() };
}

/** A transport layer on real sockets and virtual time. */
export function createTransportEnd(
  options: {
    readonly settings?: Partial<TransportSettings>;
    readonly kinds?: readonly TransportKind[];
    readonly onTold?: (told: Told) => void;
    readonly given?: Given;
  } = {},
): TransportBench & { readonly layer: TransportLayer } {
  const bench = createTransportBench(options.settings, createRecorder(options.onTold), options.given);
  const { context } = bench;
  return { ...bench, layer: createTransportLayer(context, context.listener, context.settings, options.kinds) };
}
