import { refuseHops } from '../../sip-stack/guards/max-forwards.ts';
import type { ProxyStep } from '../step.ts';

/** Ends what has no hops left. */
export const createHops = (): ProxyStep => ({
  name: 'hops',
  doc: 'Answers 483 to a request whose Max-Forwards is 0 (RFC 3261 §16.3 step 3).',
  run({ incoming }) {
    const reply = refuseHops(incoming.request);
    return reply === undefined ? 'next' : { reply };
  },
});
