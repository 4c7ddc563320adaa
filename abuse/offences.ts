import type { Clock } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Counter, Meter } from '../kernel/meter.ts';
import type { Networks } from '../net/networks.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Bans } from './bans.ts';
import { createLately } from './lately.ts';
import { createRates } from './rates.ts';
import type { AbuseConfig } from './settings.ts';
import type { Source } from './sources.ts';

/** What a source can do wrong, and how much of a ban each is worth. */
const weights = {
  'wrong-password': 1,
  'unknown-user': 1,
  // A broken client repeats itself, and a test suite sends them by the dozen: only a stream of them is an attack.
  malformed: 0.1,
  'beyond-rate': 0.01,
  // Goes on at full speed with a password that is not looked at.
  hammering: 0.05,
  // Nobody runs one by mistake.
  scanner: Number.POSITIVE_INFINITY,
} as const;
export type Offence = keyof typeof weights;

/** Where somebody has proved himself, it takes so many times the offences: a whole office may sit behind one address. */
const provenPatience = 10;
/** For so long after the last proof, at least. */
const provenFor = milliseconds(3_600_000);
/** In which all offences that lead to a ban are forgiven. */
const forgivenIn = milliseconds(600_000);

/** Counts what sources do wrong, and bans those that do it again and again. */
export interface Offences {
  /** A user of ours has proved himself from there. On the hot path. */
  proved(host: string, port: number): void;
  /** @param isSpoofable  whether anybody could have sent it in this source's name: a datagram that answers nothing of ours */
  commit(host: string, port: number, offence: Offence, isSpoofable: boolean): void;
}

export interface OffencesDeps {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly source: Source;
  readonly bans: Pick<Bans, 'impose'>;
  /** Networks that are never banned. */
  readonly exempt: Networks;
}

export function createOffences(deps: OffencesDeps, config: AbuseConfig): Offences {
  const { clock, source } = deps;
  const count = config.banOffences;
  const scores = createRates({ perSecond: (count * 1000) / forgivenIn, burst: count });
  const proven = createLately(provenFor);
  const counters = countersOf(deps.meter);
  let lastHost = '';
  let lastPort = 0;
  let lastAt = 0;

  return {
    proved(host, port) {
      const now = clock.now();
      if (port === lastPort && host === lastHost && now - lastAt < 60_000) return;
      lastHost = host;
      lastPort = port;
      lastAt = now;
      proven.add(source(host, port), now);
    },
    commit(host, port, offence, isSpoofable) {
      counters[offence].add();
      if (!config.banAutomatically || deps.exempt(host)) return;
      const now = clock.now();
      const name = source(host, port);
      const isProven = proven.has(name, now);
      // Else one datagram with a forged address could shut an office out.
      if (isProven && isSpoofable) return;
      const cost = isProven ? weights[offence] / provenPatience : weights[offence];
      if (scores.take(name, now, cost) > 0) deps.bans.impose(host, port, offence, config.banTime);
    },
  };
}

/** A datagram has no handshake behind it that would show where it came from. */
export const isSpoofable = (flow: Flow): boolean => !flow.transport.reliable;

function countersOf(meter: Meter): Readonly<Record<Offence, Counter>> {
  const counter = (offence: Offence): Counter =>
    meter.counter('pharos_abuse_offences_total', 'What sources did wrong, by kind', { offence });
  return {
    'wrong-password': counter('wrong-password'),
    'unknown-user': counter('unknown-user'),
    malformed: counter('malformed'),
    'beyond-rate': counter('beyond-rate'),
    hammering: counter('hammering'),
    scanner: counter('scanner'),
  };
}
