import type { Clock, Instant, Milliseconds, Timer, Tokens } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Store } from '../db/store.ts';
import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import type { Outcome, OutcomeListener, OutgoingRequest, RequestSender } from '../sip-stack/outgoing.ts';
import type { RegistrarConfig } from './settings.ts';
import { type Binding, bindingsTable } from './tables.ts';

/** Keeps UDP contacts behind address translation reachable, and finds out which are gone. */
export interface Pings {
  /** A binding was made or moved to another flow: it is pinged from now on, if it is one of those. */
  watch(binding: Binding): void;
  /** Takes up the bindings of a former process, spread over one interval. */
  resume(): void;
  stop(): void;
}

export interface PingsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly meter: Meter;
  readonly sender: RequestSender;
  readonly flow: (key: FlowKey) => Flow | undefined;
  /** The client has been gone for `pingFailuresMax` pings. */
  readonly onUnanswered: (binding: Binding) => void;
}

type PingsConfig = Pick<RegistrarConfig, 'pingMethod' | 'pingInterval' | 'pingFailuresMax'>;

/** Milliseconds between two looks at who is due. */
const beat = milliseconds(250);
const crlfPing = Buffer.from('\r\n\r\n');

/**
 * A client behind NAT, by its binding. A class, as it is the listener of its own pings and there is one for each binding.
 *
 * The rule of removal: only a client that has answered an OPTIONS before is missed when it does not any more. One that
 * never answered any may be one that does not know OPTIONS, and is reached all the same.
 */
class Pinged implements OutcomeListener {
  readonly aor: string;
  readonly id: string;
  readonly owner: { answered(pinged: Pinged, outcome: Outcome): void };
  due: number;
  /** The REGISTER that `failures` counts from: a later one shows that the client is there. */
  refreshedAt = 0;
  failures = 0;
  hasAnswered = false;
  outstanding = false;

  constructor({ aor, id }: Binding, due: number, owner: Pinged['owner']) {
    this.aor = aor;
    this.id = id;
    this.due = due;
    this.owner = owner;
  }
  onOutcome(outcome: Outcome): void {
    this.owner.answered(this, outcome);
  }
}

/** Over UDP by the flow, which is NAT; a client with outbound pings us (RFC 5626 §4.4). */
const isPinged = ({ flow, regId }: Binding): boolean => regId === null && flow.startsWith('udp|');

export function createPings(deps: PingsDeps, config: PingsConfig): Pings {
  const { store, clock, wheel, meter } = deps;
  const sent = meter.counter('pharos_registrar_pings_total', 'Pings sent to UDP contacts behind NAT');
  const unanswered = meter.counter('pharos_registrar_pings_unanswered_total', 'OPTIONS pings that nobody answered');
  /** By binding, whoever is due next first; one entry for each of `bindings` at most. */
  const line = new Map<string, Pinged>();
  meter.gauge('pharos_registrar_pinged', 'UDP contacts behind NAT that are kept reachable by pings', () => line.size);
  let timer: Timer | undefined;

  const owner: Pinged['owner'] = {
    answered(pinged, outcome) {
      pinged.outstanding = false;
      if (outcome.kind === 'final') {
        pinged.hasAnswered = true;
        pinged.failures = 0;
        return;
      }
      unanswered.add();
      pinged.failures += 1;
      const row = store.get(bindingsTable, [pinged.aor, pinged.id]);
      if (row === undefined || !pinged.hasAnswered || row.refreshedAt !== pinged.refreshedAt) return;
      if (config.pingFailuresMax > 0 && pinged.failures >= config.pingFailuresMax) deps.onUnanswered(row);
    },
  };

  const ping = (pinged: Pinged, row: Binding, flow: Flow): void => {
    sent.add();
    if (config.pingMethod === 'crlf') {
      flow.send(crlfPing);
      return;
    }
    if (row.refreshedAt !== pinged.refreshedAt) pinged.failures = 0;
    pinged.refreshedAt = row.refreshedAt;
    pinged.outstanding = true;
    deps.sender.send(optionsPing(row, deps.tokens), { kind: 'flow', flow }, pinged);
  };

  /** @returns false when it is not to be pinged any more */
  const attend = (pinged: Pinged, now: Instant): boolean => {
    const row = store.get(bindingsTable, [pinged.aor, pinged.id]);
    if (row === undefined || !isPinged(row) || config.pingMethod === 'none') return false;
    const flow = pinged.outstanding || row.expiresAt <= now ? undefined : deps.flow(row.flow);
    if (flow !== undefined) ping(pinged, row, flow);
    return true;
  };

  const interval = (): Milliseconds => milliseconds(config.pingInterval * 1000);
  const look = (): void => {
    const now = clock.now();
    // Twice an even share in one beat: who fell due together spreads out over the next intervals.
    let left = Math.ceil((2 * line.size * beat) / interval()) + 1;
    for (const [key, pinged] of line) {
      if (pinged.due > now || left === 0) break;
      left -= 1;
      line.delete(key);
      if (!attend(pinged, now)) continue;
      pinged.due = now + interval();
      line.set(key, pinged);
    }
    timer = undefined;
    start();
  };
  const start = (): void => {
    if (line.size > 0) timer ??= wheel.start(beat, look, undefined);
  };
  const join = (binding: Binding, due: number): void => {
    const key = `${binding.aor} ${binding.id}`;
    if (!line.has(key)) line.set(key, new Pinged(binding, due, owner));
  };

  return {
    watch(binding) {
      if (config.pingMethod === 'none' || !isPinged(binding)) return;
      join(binding, clock.now() + interval());
      start();
    },
    resume() {
      if (config.pingMethod === 'none') return;
      const rows: Binding[] = [];
      for (const row of store.all(bindingsTable)) if (isPinged(row)) rows.push(row);
      rows.forEach((row, at) => {
        join(row, clock.now() + (interval() * (at + 1)) / rows.length);
      });
      start();
    },
    stop() {
      timer?.cancel();
      timer = undefined;
      line.clear();
    },
  };
}

/** An OPTIONS that any client answers, were it with a refusal (RFC 3261 §11). */
function optionsPing({ aor, contact }: Binding, tokens: Tokens): OutgoingRequest {
  const domain = aor.slice(aor.lastIndexOf('@') + 1);
  return {
    method: 'OPTIONS',
    uri: contact,
    headers: [
      ['From', `<sip:${domain}>;tag=${tokens.token(64)}`],
      ['To', `<${contact}>`],
      ['Call-ID', tokens.token(96)],
      ['CSeq', '1 OPTIONS'],
    ],
  };
}
