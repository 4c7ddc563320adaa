import type { Clock, Seconds } from '../kernel/clock.ts';
import { seconds } from '../kernel/clock.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Networks } from '../net/networks.ts';
import type { Flow } from '../sip-stack/flow.ts';
import { isSpoofable, type Offences } from './offences.ts';
import { rateOf } from './rate-rule.ts';
import { createRates } from './rates.ts';
import type { AbuseConfig } from './settings.ts';
import type { Source } from './sources.ts';

/** How much that proves nothing comes from each source. */
export interface SourceRate {
  /** Takes one; 0, or how long to wait. */
  take(flow: Flow): Seconds;
  /** How long the source has to wait because of what it sent before; 0 for all while nobody goes too fast. */
  wait(flow: Flow): Seconds;
  /** Whether a refusal is still to be said: beyond some it is silence, which costs less. */
  answers(flow: Flow): boolean;
  /** Whether nobody has to wait: then nobody need be looked up. */
  readonly isCalm: boolean;
}

/** Refusals that one source is told. */
const refusalsSaid = { perSecond: 100, burst: 500 };

export function createSourceRate(
  deps: {
    readonly clock: Clock;
    readonly meter: Meter;
    readonly source: Source;
    readonly unlimited: Networks;
    readonly offences: Pick<Offences, 'commit'>;
  },
  config: Pick<AbuseConfig, 'sourceRate'>,
): SourceRate {
  const { clock, source } = deps;
  const rates = createRates(rateOf(config.sourceRate));
  const answers = createRates(refusalsSaid);
  const refused = deps.meter.counter('pharos_abuse_refused_total', 'Requests refused for coming too fast', {
    of: 'source',
  });
  /** When the last of those who went too fast may come again: until then sources are looked up. */
  let watchUntil = 0;

  const refuse = (flow: Flow, wait: number, now: number): Seconds => {
    refused.add();
    watchUntil = Math.max(watchUntil, now + wait);
    deps.offences.commit(flow.remote.host, flow.remote.port, 'beyond-rate', isSpoofable(flow));
    return secondsOf(wait);
  };

  return {
    take(flow) {
      const { host, port } = flow.remote;
      if (deps.unlimited(host)) return seconds(0);
      const now = clock.now();
      const wait = rates.take(source(host, port), now);
      return wait > 0 ? refuse(flow, wait, now) : seconds(0);
    },
    answers: ({ remote }) => answers.take(source(remote.host, remote.port), clock.now()) === 0,
    get isCalm() {
      return watchUntil === 0;
    },
    wait(flow) {
      if (watchUntil === 0) return seconds(0);
      const now = clock.now();
      if (now >= watchUntil) watchUntil = 0;
      const wait = rates.wait(source(flow.remote.host, flow.remote.port), now);
      return wait > 0 && !deps.unlimited(flow.remote.host) ? refuse(flow, wait, now) : seconds(0);
    },
  };
}

/** As Retry-After has it: whole, and one at least. */
export const secondsOf = (milliseconds: number): Seconds => seconds(Math.max(1, Math.ceil(milliseconds / 1000)));
