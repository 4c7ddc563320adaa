import { type Bans, createBans } from '../abuse/bans.ts';
import { createDownstream } from '../abuse/downstream.ts';
import { createAdmission, createGate } from '../abuse/gate.ts';
import { createLoad } from '../abuse/load.ts';
import { createOffences, type Offences } from '../abuse/offences.ts';
import { createSenderWatch } from '../abuse/sender-watch.ts';
import { createEmergencies } from '../abuse/priority.ts';
import { createShedding, type Shedding } from '../abuse/shedding.ts';
import { createSourceRate, type SourceRate } from '../abuse/source-rate.ts';
import { createSource, type Source } from '../abuse/sources.ts';
import { createUserRates, type UserRates } from '../abuse/user-rates.ts';
import { createAccessList } from '../auth/access-list.ts';
import { type Accounts, createAccounts } from '../auth/accounts.ts';
import { type Aliases, createAliases } from '../auth/aliases.ts';
import { createAuthentication } from '../auth/authentication.ts';
import { createDomainRules, domainAliases } from '../auth/domain-rules.ts';
import { createDomains, type Domains, type OwnAddress, servedOf } from '../auth/domains.ts';
import { createProxyGuard, type ProxyGuard } from '../auth/proxy-guard.ts';
import { createSipGuard, type SipGuard } from '../auth/sip-guard.ts';
import { credentialsToPassOn } from '../auth/spent-credentials.ts';
import { createTrust, type Trust } from '../auth/trust.ts';
import type { Store } from '../db/store.ts';
import type { Clock, Tokens } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import { type Networks, networksOf } from '../net/networks.ts';
import type { CredentialsLeft } from '../proxy/admit.ts';
import type { DownstreamControl } from '../sip-stack/downstream-control.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Gate } from '../sip-stack/gate.ts';
import type { SentOn } from '../sip-stack/forwarding.ts';
import type { GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import type { Admission } from '../sip-stack/transport/admission.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import type { OperatorState } from './operator-ports.ts';
import type { Config } from './sections.ts';

interface ProtectionDeps {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly store: Store;
}

/** What stands before the transactions: who is shut out, who comes too fast, and when there is too much of all. */
export interface Protection {
  readonly admission: Admission;
  readonly gate: Gate;
  readonly shedding: Shedding;
  readonly downstream: DownstreamControl | undefined;
  readonly bans: Bans;
  readonly trusts: Trust;
  readonly source: Source;
  readonly sourceRate: SourceRate;
  readonly userRates: UserRates;
  readonly offences: Offences;
}

/** @param deps.liveTransactions of both sides, asked ten times a second */
export function composeProtection(
  deps: ProtectionDeps & { readonly wheel: TimerWheel; readonly liveTransactions: () => number },
  config: Pick<Config, 'abuse' | 'overload' | 'auth'>,
): Protection {
  const source = createSource();
  const trusts = createTrust(config.auth);
  const exempt = exemptOf(config);
  const unlimited = networksOf([...config.abuse.unlimited, ...config.auth.trustedPeers]);
  const bans = createBans({ ...deps, source, exempt });
  const offences = createOffences({ ...deps, source, bans, exempt }, config.abuse);
  const sourceRate = createSourceRate({ ...deps, source, unlimited, offences }, config.abuse);
  const access = createAccessList(config.auth);
  const shares = (): number =>
    Math.max(
      deps.liveTransactions() / limits.transactionsMax,
      (deps.store.changesWaiting ?? 0) / limits.changesPendingMax,
    );
  const load = createLoad({ ...deps, shares }, config.overload);
  const shedding = createShedding({ ...deps, load, trusts }, config.overload);
  const dropped = deps.meter.counter('pharos_abuse_dropped_total', 'Datagrams and connections dropped unread');
  const userRates = createUserRates({ ...deps, source, unlimited }, config.abuse);
  const parts = { bans, access, offences, sourceRate, userRates, shedding, trusts, exempt, dropped };
  const downstream = composeDownstream({ ...deps, trusts }, config);
  return { admission: createAdmission(parts), gate: createGate(parts), ...parts, source, downstream };
}

/** The client side of overload control, where there is a peer that could ask for less. */
function composeDownstream(
  deps: ProtectionDeps & { readonly trusts: Trust },
  { overload, auth }: Pick<Config, 'overload' | 'auth'>,
): DownstreamControl | undefined {
  if (overload.announceTo.length + auth.trustedPeers.length + auth.trustedCertificates.length === 0) return undefined;
  const named = networksOf(overload.announceTo);
  const announces = (flow: Flow): boolean => named(flow.remote.host) || deps.trusts(flow);
  return createDownstream({ ...deps, announces, isEmergency: createEmergencies(overload) });
}

/** Networks that are never banned. */
const exemptOf = ({ abuse, auth }: Pick<Config, 'abuse' | 'auth'>): Networks =>
  networksOf([...abuse.neverBanned, ...auth.trustedPeers]);

/** Whose users are ours, who is asking, and what he may do. */
export interface Guards {
  readonly domains: Domains;
  readonly accounts: Accounts;
  readonly aliases: Aliases;
  /** For what this server does itself. */
  readonly guard: SipGuard;
  /** For what the proxy sends on. */
  readonly admit: ProxyGuard;
  readonly credentialsLeft: CredentialsLeft;
}

export function composeGuards(
  deps: ProtectionDeps & { readonly ownAddresses: () => readonly OwnAddress[]; readonly endpoint: SentOn },
  protection: Protection,
  config: Pick<Config, 'server' | 'domains' | 'auth' | 'abuse'>,
): Guards {
  const { accounts, aliases } = composeNames(deps, config);
  const otherNames = domainAliases(config.domains);
  for (const [alias, domain] of otherNames) {
    if (!config.server.domains.some((served) => served.toLowerCase() === domain))
      deps.log.warn('domain-alias-ignored', { alias, domain });
  }
  const domains = createDomains({ ...deps, domains: config.server.domains, aliases: otherNames, users: aliases });
  const isUser = (uri: SipUri): boolean | undefined => {
    const aor = uri.user === undefined ? undefined : domains.localAor(uri);
    return aor === undefined ? undefined : accounts.has(aor) || aliases.resolve(aor) !== undefined;
  };
  const watch = createSenderWatch({ ...deps, ...protection, isUser }, config.abuse);
  const authenticate = createAuthentication({ ...deps, accounts, domains, watch }, config.auth);
  const rules = createDomainRules(config.domains);
  const parts = { ...deps, domains, rules, trusts: protection.trusts, authenticate, watch };
  /** Whoever has proved himself may still come too fast. */
  const paced = (verdict: GuardVerdict, incoming: IncomingRequest): GuardVerdict => {
    if (verdict.kind === 'refuse' || verdict.identity === undefined) return verdict;
    const refusal = protection.userRates.judge(verdict.identity, incoming);
    return refusal === undefined ? verdict : { kind: 'refuse', refusal };
  };
  const sipGuard = createSipGuard(parts);
  const proxyGuard = createProxyGuard({ ...parts, hasComeBack: (request) => deps.endpoint.hasComeBack(request) });
  return {
    domains,
    accounts,
    aliases,
    guard: (incoming) => paced(sipGuard(incoming), incoming),
    admit: (incoming, heading) => paced(proxyGuard(incoming, heading), incoming),
    credentialsLeft: (request, header) => credentialsToPassOn(request, header, domains),
  };
}

/** Users and their other names, which need nothing but the database. */
function composeNames(
  deps: Pick<ProtectionDeps, 'clock' | 'store'>,
  config: Pick<Config, 'server' | 'domains'>,
): { readonly accounts: Accounts; readonly aliases: Aliases } {
  const accounts = createAccounts(deps);
  const served = servedOf(config.server.domains, domainAliases(config.domains));
  const domainOf = (host: string): string | undefined => served.get(host.toLowerCase());
  return { accounts, aliases: createAliases({ ...deps, has: (aor) => accounts.has(aor), domainOf }) };
}

/** What an operator changes while no server runs. */
export function composeOperatorState(deps: Omit<ProtectionDeps, 'tokens'>, config: Config): OperatorState {
  const bans = createBans({ ...deps, source: createSource(), exempt: exemptOf(config) });
  return { ...composeNames(deps, config), bans };
}
