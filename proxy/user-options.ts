import type { Milliseconds, Timer } from '../kernel/clock.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { RelayedResponse } from '../sip-stack/forwarding.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import type { Onward } from '../sip-stack/onward.ts';
import type { Reply } from '../sip-stack/reply.ts';
import type { CancelListener, Responder } from '../sip-stack/responder.ts';
import type { HeaderPair } from '../sip-stack/wire/message.ts';
import type { Target } from './call.ts';
import { featuresText, mergeFeatures, valuesNamed } from './merged-features.ts';

/** When OPTIONS for a user is answered here, from what his devices registered. */
export interface UserOptionsConfig {
  readonly optionsFromRegistration: 'never' | 'when-silent' | 'always';
  /** How long the devices may take. */
  readonly optionsPatience: Milliseconds;
}

/** What can be said of a user in place of his devices. */
export interface UserOptions {
  readonly mode: UserOptionsConfig['optionsFromRegistration'];
  /** The answer made of what these devices registered. */
  answer(aor: string, devices: readonly Target[]): Reply;
  /** Keeps this answer for a request whose devices are asked first. */
  keep(incoming: IncomingRequest, answer: () => Reply): void;
  /** The same proxy, whose OPTIONS are answered so when the devices are not reached or keep silent. */
  around(proxy: Onward): Onward;
}

export interface UserOptionsDeps {
  readonly wheel: TimerWheel;
  readonly meter: Meter;
}

/** Feature parameters that say the same as a header (RFC 3840 §10), and the header. */
const headersByFeature = [
  ['methods', 'Allow'],
  ['extensions', 'Supported'],
  ['events', 'Allow-Events'],
  ['type', 'Accept'],
] as const;

/** What is said of a device, or by it, when it is not reached (RFC 3261 §16.7, RFC 5626 §11.5). */
const unreached: ReadonlySet<number> = new Set([408, 430, 480, 503]);
/** What the proxy says in place of 503 (RFC 3261 §16.7 step 6). */
const nextHopUnavailable = 500;

/**
 * OPTIONS for a user answered in place of his devices (RFC 3261 §11.2, RFC 3840 §9).
 *
 * @param config read at the point of use
 */
export function createUserOptions({ wheel, meter }: UserOptionsDeps, config: UserOptionsConfig): UserOptions {
  const kept = new WeakMap<IncomingRequest, () => Reply>();
  const answered = meter.counter(
    'pharos_proxy_options_answered_total',
    'OPTIONS for users answered from what their devices registered',
  );
  const answer = (aor: string, devices: readonly Target[]): Reply => ({
    status: 200,
    headers: capabilityHeaders(aor, devices),
  });
  return {
    get mode() {
      return config.optionsFromRegistration;
    },
    answer(aor, devices) {
      answered.add();
      return answer(aor, devices);
    },
    keep(incoming, instead) {
      kept.set(incoming, instead);
    },
    around: (proxy) => ({
      onRequest(incoming, route, responder) {
        if (incoming.request.method !== 'OPTIONS' || config.optionsFromRegistration !== 'when-silent') {
          proxy.onRequest(incoming, route, responder);
          return;
        }
        const patient = new PatientResponder(responder, () => kept.get(incoming)?.());
        patient.await(wheel, config.optionsPatience);
        proxy.onRequest(incoming, route, patient);
      },
    }),
  };
}

/**
 * The user as a whole with the union of what his devices can do. Allow and the like are left out where the devices do not say:
 * a proxy knows nothing of their methods (RFC 3261 §11.2).
 */
function capabilityHeaders(aor: string, devices: readonly Target[]): readonly HeaderPair[] {
  const features = mergeFeatures(devices.map(({ params }) => params));
  const headers: HeaderPair[] = [['Contact', `<${aor}>${featuresText(features)}`]];
  for (const [feature, header] of headersByFeature) {
    const values = valuesNamed(features, feature);
    if (values.length > 0) headers.push([header, values.join(', ')]);
  }
  return headers;
}

/** Answers in place of the devices once they were not reached, or patience has run out; whichever comes first counts. */
class PatientResponder implements Responder {
  private readonly responder: Responder;
  private readonly instead: () => Reply | undefined;
  private timer: Timer | undefined = undefined;
  private isDone = false;

  constructor(responder: Responder, instead: () => Reply | undefined) {
    this.responder = responder;
    this.instead = instead;
  }

  await(wheel: TimerWheel, patience: Milliseconds): void {
    this.timer = wheel.start(patience, patienceIsOver, this);
  }

  respond(reply: Reply): void {
    if (this.isDone) return;
    const { status } = reply;
    if ((unreached.has(status) || status === nextHopUnavailable) && this.answerInstead()) return;
    if (status >= 200) this.end();
    this.responder.respond(reply);
  }

  relay(response: RelayedResponse): void {
    if (this.isDone) return;
    if (unreached.has(response.status) && this.answerInstead()) return;
    if (response.status >= 200) this.end();
    this.responder.relay(response);
  }

  onCancel(listener: CancelListener): void {
    this.responder.onCancel(listener);
  }

  release(): void {
    this.end();
    this.responder.release();
  }

  answerInstead(): boolean {
    const reply = this.isDone ? undefined : this.instead();
    if (reply === undefined) return false;
    this.end();
    this.responder.respond(reply);
    return true;
  }

  private end(): void {
    this.isDone = true;
    this.timer?.cancel();
  }
}

const patienceIsOver = (responder: PatientResponder): void => {
  responder.answerInstead();
};
