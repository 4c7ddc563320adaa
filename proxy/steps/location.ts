import { notFound, temporarilyUnavailable } from '../../sip-stack/refusals.ts';
import type { Locations } from '../locations.ts';
import type { ProxyStep } from '../step.ts';

/** Asks the registrar where the user is. */
export const createLocation = (locations: Locations): ProxyStep => ({
  name: 'location',
  doc: 'Finds where a user of ours is registered: 404 when there is no such user, 480 when he is nowhere (RFC 3261 §16.5).',
  run(call) {
    const aor = call.localAor;
    // An earlier step has found the way, or the Request-URI itself says it (RFC 3261 §16.5).
    if (call.targets.length > 0 || aor === undefined || call.uri.params.has('maddr')) return 'next';
    const targets = locations.targets(aor);
    if (targets.length === 0) return { reply: locations.has(aor) ? temporarilyUnavailable() : notFound() };
    call.targets = targets;
    return 'next';
  },
});
