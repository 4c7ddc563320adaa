import type { Meter } from '../../kernel/meter.ts';
import { loopDetected } from '../../sip-stack/refusals.ts';
import type { LoopHash } from '../loop-hash.ts';
import type { ProxyStep } from '../step.ts';

/**
 * Ends what goes round in circles, and lets pass what only comes by again on another errand: a spiral.
 *
 * A Via of ours is known by the hash in it, which is seeded: its sent-by needs no look, and other people's Via values, however
 * odd, are not parsed (RFC 5393 §4.2.4).
 */
export function createLoop(deps: { readonly loopHash: LoopHash; readonly meter: Meter }): ProxyStep {
  const loops = deps.meter.counter('pharos_proxy_loops_total', 'Requests that came back as they had left');
  return {
    name: 'loop',
    doc: 'Answers 482 to a request that has been here before and would take the same way again (RFC 5393 §4.2.2).',
    run({ incoming: { request } }) {
      const vias = request.headers.all('via');
      // One value is the sender's own: it has not been here yet.
      if (vias.length === 1 && vias[0]?.includes(',') !== true) return 'next';
      const hash = deps.loopHash(request);
      if (!vias.some((line) => line.includes(hash))) return 'next';
      loops.add();
      return { reply: loopDetected() };
    },
  };
}
