import type { Aor } from '../kernel/aor.ts';
import { limits } from '../kernel/limits.ts';
import type { Guard, GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { type AuthenticationDeps, countOutcome, createAuthentication } from './authentication.ts';
import { addressBytes, inNetwork, parseCidr } from './cidr.ts';
import type { Domains } from './domains.ts';
import type { AuthConfig } from './settings.ts';

/** Methods by which a user acts on what is ours: each request proves who sent it (RFC 3261 §22.1). */
const provenMethods: ReadonlySet<string> = new Set(['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'MESSAGE']);
const pass: GuardVerdict = { kind: 'pass' };
const anonymous: GuardVerdict = { kind: 'pass', identity: { kind: 'anonymous' } };
const refuse = (refusal: Refusal): GuardVerdict => ({ kind: 'refuse', refusal });

/**
 * Proves who sent a request (RFC 3261 §22): a user of ours by digest, a trusted peer by its address; whoever else writes to
 * us is anonymous. ACK and CANCEL are never challenged, since they cannot be sent again (RFC 3261 §22.1).
 */
export function createSipGuard(deps: AuthenticationDeps, config: AuthConfig): Guard {
  const { domains } = deps;
  const trusts = createTrust(config.trustedPeers);
  const authenticate = createAuthentication(deps, config);
  const trustedCount = countOutcome(deps.meter, 'trusted');

  return (incoming) => {
    const { request } = incoming;
    if (!provenMethods.has(request.method)) return pass;
    if (trusts(incoming.flow.remote.host)) {
      trustedCount.add();
      return { kind: 'pass', identity: { kind: 'trusted-peer', aor: spokenFor(domains, request.from.uri) } };
    }
    const realm = domains.domainOf(request.from.uri);
    const from = domains.localAor(request.from.uri);
    if (realm === undefined || from === undefined) return judgeStranger(domains, incoming);
    return authenticate(incoming, realm, from);
  };
}

/** Whom a trusted peer speaks for: what its From says, in a domain of ours or elsewhere (RFC 3325 §5). */
const spokenFor = (domains: Domains, from: SipUri): Aor => domains.localAor(from) ?? canonicalAor(from);

/** A user of another domain, or nobody, may ask and write to us, but change nothing of ours (RFC 3261 §10.3 step 4). */
function judgeStranger(domains: Domains, incoming: IncomingRequest): GuardVerdict {
  const { request } = incoming;
  const changes = request.method === 'REGISTER' || request.method === 'PUBLISH';
  if (!changes) return anonymous;
  const target = request.method === 'REGISTER' ? request.to.uri : incoming.uri;
  return domains.domainOf(target) === undefined ? anonymous : refuse(forbidden());
}

/**
 * Tells whether a peer is trusted by its address. What was found for an address holds as long as the server runs, and peers
 * repeat: reading an address costs 1.5 µs, so the verdicts are remembered (limits.peersRememberedMax).
 */
function createTrust(peers: readonly string[]): (host: string) => boolean {
  const networks = peers.flatMap((peer) => parseCidr(peer) ?? []);
  if (networks.length === 0) return () => false;
  const verdicts = new Map<string, boolean>();
  return (host) => {
    const known = verdicts.get(host);
    if (known !== undefined) return known;
    const address = addressBytes(host);
    const trusted = address !== undefined && networks.some((network) => inNetwork(address, network));
    if (verdicts.size >= limits.peersRememberedMax) verdicts.clear();
    verdicts.set(host, trusted);
    return trusted;
  };
}
