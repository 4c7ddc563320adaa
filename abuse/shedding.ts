import { seconds } from '../kernel/clock.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Flow } from '../sip-stack/flow.ts';
import { announcesOverloadControl, type OverloadFeedback } from '../sip-stack/overload-feedback.ts';
import { serviceUnavailable, serviceUnavailableNow } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { topViaText } from '../sip-stack/wire/via.ts';
import type { Load } from './load.ts';
import { createLoss } from './loss.ts';
import type { OverloadConfig } from './overload-settings.ts';
import { createPriorities, type Priority } from './priority.ts';
import { cameThroughProxy } from './user-rates.ts';

/** Refuses some requests while the server is overloaded, and tells peers that can help how much less to send. */
export interface Shedding extends OverloadFeedback {
  /** Undefined for a request that goes on. While there is no overload, one comparison. */
  refuse(request: SipRequest, flow: Flow): Refusal | undefined;
}

export function createShedding(
  deps: { readonly load: Load; readonly meter: Meter; readonly trusts: (flow: Flow) => boolean },
  config: OverloadConfig,
): Shedding {
  const { load, meter, trusts } = deps;
  const priorityOf = createPriorities(config);
  const loss = createLoss();
  const count = (priority: Priority) =>
    meter.counter('pharos_overload_refused_total', 'Requests refused for overload, by priority', { priority });
  const refused = { emergency: count('emergency'), established: count('established'), ordinary: count('ordinary') };
  let turn = 0;

  return {
    refuse(request, flow) {
      if (load.shed === 0) return undefined;
      const isTrusted = trusts(flow);
      const priority = priorityOf(request, isTrusted);
      const helps = isTrusted && announcesOverloadControl(topViaText(request.headers) ?? '');
      // Whoever sends less on our word has left out what was to be left out (RFC 7339 §7.2); strangers may only say so.
      if (helps || !loss.leavesOut(load.shed, priority)) return undefined;
      refused[priority].add();
      // A proxy would stop sending for everybody: it gets no Retry-After (RFC 7339 §5.10.2). A user agent spares us its haste.
      if (isTrusted || cameThroughProxy(request)) return serviceUnavailableNow();
      turn = (turn + 1) % (2 * config.retryAfter + 1);
      return serviceUnavailable(seconds(config.retryAfter + turn), 'Overloaded');
    },
    parameters() {
      const { shed, changedAt } = load;
      const whole = Math.floor(changedAt / 1000);
      const validity = shed === 0 ? 0 : config.validity;
      const seq = `${String(whole)}.${String(changedAt % 1000).padStart(3, '0')}`;
      return `;oc=${String(Math.round(shed * 100))};oc-algo="loss";oc-validity=${String(validity)};oc-seq=${seq}`;
    },
  };
}
