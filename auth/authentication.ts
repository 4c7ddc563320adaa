import type { Aor } from '../kernel/aor.ts';
import type { Clock, Seconds, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Counter, Meter } from '../kernel/meter.ts';
import { createDigest, type Digest } from '../sip-stack/digest.ts';
import { type DigestAlgorithm, digestAlgorithms } from '../sip-stack/digest/algorithm.ts';
import { type DigestCredentials, readDigestCredentials } from '../sip-stack/digest/credentials.ts';
import type { GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import {
  badRequest,
  forbidden,
  proxyAuthenticationRequired,
  serviceUnavailable,
  unauthorized,
} from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { parseUri, type SipUri } from '../sip-stack/wire/uri.ts';
import { type Accounts, ha1Stored } from './accounts.ts';
import type { Domains } from './domains.ts';
import { noWatch, type SenderWatch } from './sender-watch.ts';
import type { AuthConfig } from './settings.ts';
import type { Account } from './tables.ts';

/** What the guard needs of the accounts. */
export type AccountLookup = Pick<Accounts, 'find' | 'findByUsername'>;

export interface AuthenticationDeps {
  readonly accounts: AccountLookup;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  /** Seals nonces; left out, it is chance and nonces end with the process (their users see stale=true once). */
  readonly secret?: string;
  /** Hears of every attempt; left out, nobody does. */
  readonly watch?: SenderWatch;
}

/** In which role a request is challenged: as the server it is for (401), or as a proxy on its way (407) (RFC 3261 §22). */
export type ChallengeRole = 'server' | 'proxy';

/**
 * Proves by digest that a request comes from the user of ours in its From (RFC 3261 §22).
 *
 * @param realm  the domain of the From
 */
export type Authentication = (incoming: IncomingRequest, realm: string, from: Aor, role: ChallengeRole) => GuardVerdict;

export const countOutcome = (meter: Meter, outcome: string): Counter =>
  meter.counter('pharos_auth_requests_total', 'Requests that had to prove their sender, by outcome', { outcome });

const refuse = (refusal: Refusal): GuardVerdict => ({ kind: 'refuse', refusal });

export function createAuthentication(deps: AuthenticationDeps, config: AuthConfig): Authentication {
  const { accounts, domains, meter, watch = noWatch } = deps;
  const digest = createDigestFor(deps, config);
  const challenge = createChallenge(digest, config, watch);
  meter.gauge('pharos_auth_nonces', 'Nonces whose counts are remembered', () => digest.noncesUsed);
  const proved = countOutcome(meter, 'proved');
  const challenged = countOutcome(meter, 'challenged');
  const malformed = countOutcome(meter, 'malformed');
  const unproved = { stale: countOutcome(meter, 'stale'), wrong: countOutcome(meter, 'wrong') };
  const somebodyElse = countOutcome(meter, 'somebody-else');
  const held = countOutcome(meter, 'held');

  return (incoming, realm, from, role) => {
    const { request } = incoming;
    const credentials = credentialsFor(incoming, realm, role);
    if (credentials === undefined) {
      challenged.add();
      return challenge(incoming, realm, false, role);
    }
    const fault = typeof credentials === 'string' ? credentials : faultOfUri(domains, credentials.uri, incoming);
    if (typeof credentials === 'string' || fault !== undefined) {
      malformed.add();
      return refuse(badRequest(fault ?? 'Bad Authorization'));
    }
    const { username } = credentials;
    const wait: Seconds = watch.mayTry(incoming, username);
    if (wait > 0) {
      held.add();
      return refuse(serviceUnavailable(wait, 'Too Many Failed Attempts'));
    }
    const account = accountNamed(accounts, username, request.from.uri, realm, from);
    const verdict = digest.verify(credentials, request, ha1For(account, credentials), incoming.receivedAt);
    if (verdict !== 'proved') {
      unproved[verdict].add();
      if (verdict === 'wrong') {
        logRefused(deps.log, incoming, from);
        watch.failed(incoming, username);
      }
      return challenge(incoming, realm, verdict === 'stale', role);
    }
    if (account?.aor !== from) {
      somebodyElse.add();
      return refuse(forbidden());
    }
    proved.add();
    watch.proved(incoming);
    return { kind: 'pass', identity: { kind: 'authenticated', aor: from } };
  };
}

function createDigestFor({ tokens, secret, clock }: AuthenticationDeps, config: AuthConfig): Digest {
  return createDigest(
    { tokens, secret: secret ?? tokens.token(256), startedAt: clock.now() },
    { digestAlgorithms: config.digestAlgorithms.filter(isDigestAlgorithm), nonceLifetime: config.nonceLifetime },
  );
}

/** Makes 401 and 407 answers (RFC 3261 §22.2, §22.3, RFC 8760 §2.3). */
function createChallenge(
  digest: Digest,
  config: AuthConfig,
  watch: SenderWatch,
): (incoming: IncomingRequest, realm: string, stale: boolean, role: ChallengeRole) => GuardVerdict {
  const offersMd5 = config.digestAlgorithms.includes('MD5');
  return (incoming, realm, stale, role) => {
    const refusal = stale ? undefined : watch.unproven(incoming);
    if (refusal !== undefined) return refuse(refusal);
    const only = offersMd5 && knowsOnlyMd5(incoming, config.md5OnlyUserAgents) ? md5 : undefined;
    const offered = digest.challenges(realm, stale, incoming.receivedAt, only);
    const challenges = isOverWebSocket(incoming) ? withMd5Last(offered) : offered;
    return refuse(role === 'server' ? unauthorized(challenges) : proxyAuthenticationRequired(challenges));
  };
}

/** Who tries passwords shows here (RFC 7616 §3.4). The username stays out of it: people type passwords into that field. */
const logRefused = (log: Log, { flow, request }: IncomingRequest, from: Aor): void => {
  log.info('digest-refused', { from, peer: flow.remote.host, method: request.method });
};

const md5: readonly DigestAlgorithm[] = ['MD5'];

const isOverWebSocket = ({ flow }: IncomingRequest): boolean => flow.transport.viaToken.startsWith('WS');

/** COMPAT(JsSIP 3, SIP.js 0.21, 2026): they know MD5 alone, and read the last challenge, where others read the first. */
const withMd5Last = (challenges: readonly string[]): readonly string[] =>
  challenges.toSorted((one, other) => Number(isMd5(one)) - Number(isMd5(other)));
const isMd5 = (challenge: string): boolean => challenge.includes('algorithm=MD5');

const isDigestAlgorithm = (name: string): name is DigestAlgorithm => digestAlgorithms.some((known) => known === name);

/** COMPAT(baresip, 1.0 to 3.11): libre gives up when any challenge has another algorithm than MD5, wherever it stands. */
function knowsOnlyMd5(incoming: IncomingRequest, beginnings: readonly string[]): boolean {
  const userAgent = incoming.request.headers.first('user-agent');
  return userAgent !== undefined && beginnings.some((beginning) => userAgent.startsWith(beginning));
}

/**
 * The digest credentials for our realm, or what is wrong with them; undefined when there are none. There may be several, for
 * other realms and other proxies; what is wrong with those counts only when ours are not among them (RFC 3261 §22.3).
 */
function credentialsFor(
  incoming: IncomingRequest,
  realm: string,
  role: ChallengeRole,
): DigestCredentials | string | undefined {
  let fault: string | undefined;
  for (const value of incoming.request.headers.all(role === 'server' ? 'authorization' : 'proxy-authorization')) {
    const read = readDigestCredentials(value);
    if (read.ok && read.value.realm === realm) return read.value;
    if (!read.ok && read.fault.kind === 'malformed') fault ??= read.fault.reason;
  }
  return fault;
}

/**
 * The account that the credentials name. Which look-up is made depends on what was written, never on what is found, so that
 * its time does not tell who exists.
 */
function accountNamed(
  accounts: AccountLookup,
  username: string,
  from: SipUri,
  realm: string,
  fromAor: Aor,
): Account | undefined {
  return username === from.user ? accounts.find(fromAor) : accounts.findByUsername(username, realm);
}

function ha1For(account: Account | undefined, credentials: DigestCredentials): string | undefined {
  if (account === undefined || credentials.algorithm === undefined) return undefined;
  return ha1Stored(account, credentials.algorithm, credentials.username);
}

/**
 * What is wrong with the digest `uri`: it must name what the Request-URI names, or at least this server, since proxies change
 * the Request-URI on the way and sipp writes `sip:host:port` (RFC 7616 §3.4.6, RFC 3261 §22.4 item 6, RFC 8760 §2.6 item 6).
 */
function faultOfUri(domains: Domains, uri: string, incoming: IncomingRequest): string | undefined {
  if (uri === incoming.request.uri) return undefined;
  const parsed = parseUri(uri);
  const named = parsed.ok && (domains.serves(parsed.value.host) || parsed.value.host === incoming.uri.host);
  return named ? undefined : 'Digest uri Names Another Resource';
}
