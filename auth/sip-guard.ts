import type { Aor } from '../kernel/aor.ts';
import type { Meter } from '../kernel/meter.ts';
import type { GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { type Authentication, countOutcome } from './authentication.ts';
import type { DomainRules } from './domain-rules.ts';
import type { Domains } from './domains.ts';
import { noWatch, type SenderWatch } from './sender-watch.ts';
import type { Trust } from './trust.ts';

/** Methods by which a user acts on what is ours: each request proves who sent it (RFC 3261 §22.1). */
const provenMethods: ReadonlySet<string> = new Set(['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'MESSAGE']);
const pass: GuardVerdict = { kind: 'pass' };
const anonymous: GuardVerdict = { kind: 'pass', identity: { kind: 'anonymous' } };
const refuse = (refusal: Refusal): GuardVerdict => ({ kind: 'refuse', refusal });

/** A `Guard` of dispatch that never waits. */
export type SipGuard = (incoming: IncomingRequest) => GuardVerdict;

/** What both guards, of the server and of the proxy, judge by. */
export interface GuardDeps {
  readonly domains: Domains;
  readonly rules: DomainRules;
  readonly trusts: Trust;
  readonly authenticate: Authentication;
  readonly meter: Meter;
  readonly watch?: SenderWatch;
}

/**
 * Proves who sent a request (RFC 3261 §22): a user of ours by digest, a trusted peer by its address; whoever else writes to
 * us is anonymous. ACK and CANCEL are never challenged, since they cannot be sent again (RFC 3261 §22.1).
 */
export function createSipGuard(deps: GuardDeps): SipGuard {
  const { domains, rules, trusts, authenticate } = deps;
  const trustedCount = countOutcome(deps.meter, 'trusted');

  return (incoming) => {
    const { request } = incoming;
    if (!provenMethods.has(request.method)) return pass;
    if (trusts(incoming.flow)) {
      trustedCount.add();
      return { kind: 'pass', identity: { kind: 'trusted-peer', aor: spokenFor(domains, request.from.uri) } };
    }
    const realm = domains.domainOf(request.from.uri);
    const from = domains.localAor(request.from.uri);
    if (realm === undefined || from === undefined) return judgeStranger(deps, incoming);
    if (request.method === 'REGISTER' && rules.registrationClosed(realm))
      return refuse(forbidden('Registration Closed'));
    return authenticate(incoming, realm, from, 'server');
  };
}

/** Whom a trusted peer speaks for: what its From says, in a domain of ours or elsewhere (RFC 3325 §5). */
export const spokenFor = (domains: Domains, from: SipUri): Aor => domains.localAor(from) ?? canonicalAor(from);

/** A user of another domain, or nobody, may ask and write to us, but change nothing of ours (RFC 3261 §10.3 step 4). */
function judgeStranger({ domains, rules, watch = noWatch }: GuardDeps, incoming: IncomingRequest): GuardVerdict {
  const { request } = incoming;
  const changes = request.method === 'REGISTER' || request.method === 'PUBLISH';
  const domain = domains.domainOf(request.method === 'REGISTER' ? request.to.uri : incoming.uri);
  const slowed = watch.unproven(incoming);
  if (slowed !== undefined) return refuse(slowed);
  if (domain === undefined) return anonymous;
  if (changes) return refuse(forbidden());
  return rules.refusesStrangers(domain) ? refuse(forbidden('Strangers Not Accepted')) : anonymous;
}
