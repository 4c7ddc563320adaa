import type { Clock, Seconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Networks } from '../net/networks.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import { busyForNow, serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import { parseRateRule } from './rate-rule.ts';
import { createRates, type Rates } from './rates.ts';
import type { AbuseConfig } from './settings.ts';
import { secondsOf } from './source-rate.ts';
import type { Source } from './sources.ts';

/** How fast each user goes. */
export interface UserRates {
  /** Judges a request whose sender has proved himself: undefined while he goes no faster than he may. On the hot path. */
  judge(identity: Identity, incoming: IncomingRequest): Refusal | undefined;
  /**
   * Refuses, before any proof is looked at, what comes from where the user in From went too fast a moment ago: a client that
   * loops costs little. Another source that writes his name is not held for him. Undefined for all while nobody is held.
   */
  hold(request: SipRequest, flow: Flow): Refusal | undefined;
}

export function createUserRates(
  deps: { readonly clock: Clock; readonly meter: Meter; readonly unlimited: Networks; readonly source: Source },
  config: Pick<AbuseConfig, 'userRates'>,
): UserRates {
  const byMethod = ratesByMethod(config.userRates);
  const others = byMethod.get('*');
  const refused = deps.meter.counter('pharos_abuse_refused_total', 'Requests refused for coming too fast', {
    of: 'user',
  });
  /** When there is room again, by source, method and From. */
  const held = new Map<string, number>();
  let heldUntil = 0;

  const keyOf = ({ method, from }: SipRequest, { remote }: Flow): string =>
    `${deps.source(remote.host, remote.port)} ${method} ${from.uri.text}`;

  const refuse = (request: SipRequest, wait: number): Refusal => {
    refused.add();
    const seconds: Seconds = secondsOf(wait);
    // A proxy that is told 503 leaves us alone for all its users (RFC 3261 §21.5.4, RFC 3263 §4.3): it is told 500.
    return cameThroughProxy(request)
      ? busyForNow(seconds, 'Too Many Requests')
      : serviceUnavailable(seconds, 'Too Many Requests');
  };

  return {
    judge(identity, { request, flow, receivedAt }) {
      if (identity.kind !== 'authenticated' || deps.unlimited(flow.remote.host)) return undefined;
      const rates = byMethod.get(request.method) ?? others;
      const wait = rates === undefined ? 0 : rates.take(identity.aor, receivedAt);
      if (wait === 0) return undefined;
      if (held.size >= limits.ratesRememberedMax) held.clear();
      held.set(copyText(keyOf(request, flow)), receivedAt + wait);
      heldUntil = Math.max(heldUntil, receivedAt + wait);
      return refuse(request, wait);
    },
    hold(request, flow) {
      if (heldUntil === 0) return undefined;
      const now = deps.clock.now();
      if (now >= heldUntil) {
        heldUntil = 0;
        held.clear();
        return undefined;
      }
      const wait = (held.get(keyOf(request, flow)) ?? 0) - now;
      return wait > 0 ? refuse(request, wait) : undefined;
    },
  };
}

function ratesByMethod(rules: readonly string[]): ReadonlyMap<string, Rates> {
  const byMethod = new Map<string, Rates>();
  for (const text of rules) {
    const rule = parseRateRule(text);
    if (!rule.ok) continue;
    const rates = createRates(rule.value.rate);
    for (const method of rule.value.methods) byMethod.set(method, rates);
  }
  return byMethod;
}

/** Whether another SIP element stands between the user and us: more than one Via (RFC 3261 §16.6 step 8). */
export const cameThroughProxy = ({ headers }: SipRequest): boolean =>
  headers.all('via').length > 1 || headers.first('via')?.includes(',') === true;
