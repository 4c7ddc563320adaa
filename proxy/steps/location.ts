import type { Aor } from '../../kernel/aor.ts';
import { limits } from '../../kernel/limits.ts';
import { loopDetected, notFound, temporarilyUnavailable } from '../../sip-stack/refusals.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import type { Target } from '../call.ts';
import type { Locations } from '../locations.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';

/** Asks the registrar where the user is, and where those are to whom he has himself forwarded. */
export const createLocation = (
  locations: Locations,
  domains: Pick<OwnDomains, 'domainOf' | 'localAor'>,
): ProxyStep => ({
  name: 'location',
  doc: 'Finds where a user of ours is registered: 404 when there is no such user, 480 when he is nowhere (RFC 3261 §16.5).',
  run(call) {
    const aor = call.localAor;
    // An earlier step has found the way, or the Request-URI itself says it (RFC 3261 §16.5).
    if (call.targets.length > 0 || aor === undefined || call.uri.params.has('maddr')) return 'next';
    const targets = locations.targets(aor);
    if (targets.length === 0) return { reply: locations.has(aor) ? temporarilyUnavailable() : notFound() };
    if (!targets.some((target) => namedUser(target, domains) !== undefined)) {
      call.targets = targets;
      return 'next';
    }
    const walk: Walk = { seen: new Set([aor]), goesRound: false };
    call.targets = followed(targets, walk, locations, domains);
    if (call.targets.length > 0) return 'next';
    return { reply: walk.goesRound ? loopDetected('Forwarding Goes Round') : temporarilyUnavailable() };
  },
});

/**
 * A user of ours whom a contact names: somebody registered another address-of-record as his own, which forwards his calls. It is
 * resolved here at once, as the proxy would on its way through itself. Only a name of a domain counts: an address of this machine
 * in a Contact is most often a client that runs beside us.
 */
function namedUser({ uri }: Target, domains: Pick<OwnDomains, 'domainOf' | 'localAor'>): Aor | undefined {
  // Most contacts are numeric addresses, and need no more than a look.
  const last = uri.charCodeAt(uri.indexOf(';') < 0 ? uri.length - 1 : uri.indexOf(';') - 1);
  if (last <= nine || last === bracket) return undefined;
  const parsed = parseUri(uri);
  if (!parsed.ok || parsed.value.params.has('gr')) return undefined;
  const { value } = parsed;
  return domains.domainOf(value) === value.host ? domains.localAor(value) : undefined;
}

const nine = 0x39;
const bracket = 0x5d;

/** The users met on the way from one to the next. */
interface Walk {
  readonly seen: Set<Aor>;
  goesRound: boolean;
}

function followed(
  targets: readonly Target[],
  walk: Walk,
  locations: Locations,
  domains: Pick<OwnDomains, 'domainOf' | 'localAor'>,
): readonly Target[] {
  return targets.flatMap((target): readonly Target[] => {
    const aor = namedUser(target, domains);
    if (aor === undefined) return [target];
    if (walk.seen.has(aor) || walk.seen.size > limits.aliasesInARowMax) {
      walk.goesRound = true;
      return [];
    }
    walk.seen.add(aor);
    // The preference is that of the one who forwards.
    return followed(locations.targets(aor), walk, locations, domains).map((each) => ({ ...each, q: target.q }));
  });
}
