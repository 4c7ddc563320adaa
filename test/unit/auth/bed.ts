import { createAccounts } from '../../../auth/accounts.ts';
import { createAliases } from '../../../auth/aliases.ts';
import { createAuthentication } from '../../../auth/authentication.ts';
import { createDomainRules, domainAliases } from '../../../auth/domain-rules.ts';
import { type DomainsConfig, domainsSection } from '../../../auth/domain-settings.ts';
import { createDomains, servedOf } from '../../../auth/domains.ts';
import { createProxyGuard } from '../../../auth/proxy-guard.ts';
import { noWatch, type SenderWatch } from '../../../auth/sender-watch.ts';
import { type AuthConfig, authSection } from '../../../auth/settings.ts';
import { createSipGuard } from '../../../auth/sip-guard.ts';
import { authTables } from '../../../auth/tables.ts';
import { createTrust } from '../../../auth/trust.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { responseOf } from '../../../sip-stack/digest.ts';
import { type DigestAlgorithm, digestOf, ha1Of } from '../../../sip-stack/digest/algorithm.ts';
import type { GuardVerdict, IncomingRequest } from '../../../sip-stack/incoming.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';
import { type IncomingParts, incomingRequest } from '../../support/sip-incoming.ts';

export type Sending = Partial<Omit<IncomingParts, 'now'>>;

/** How a client signs; what is left out is as alice does it. */
export interface Signing {
  readonly username?: string;
  readonly realm?: string;
  readonly password?: string;
  readonly algorithm?: DigestAlgorithm;
  readonly uri?: string;
  readonly count?: number;
}

/** Both guards over alice and bob of example.com, which is also example.org. */
export async function createAuthBed(
  config: Partial<AuthConfig> = {},
  options: {
    readonly domains?: Partial<DomainsConfig>;
    readonly watch?: Partial<SenderWatch>;
    readonly hasComeBack?: () => boolean;
  } = {},
) {
  const time = createFakeTime();
  const store = createMemoryStore({ tables: authTables });
  const accounts = createAccounts({ store, clock: time.clock });
  for (const username of ['alice', 'bob']) await accounts.add({ username, domain: 'example.com' }, `pw-${username}`);
  const domainsConfig = { ...defaultsOf(domainsSection), aliases: ['example.org=example.com'], ...options.domains };
  const otherNames = domainAliases(domainsConfig);
  const served = servedOf(['example.com'], otherNames);
  const aliases = createAliases({
    store,
    clock: time.clock,
    has: (aor) => accounts.has(aor),
    domainOf: (host) => served.get(host),
  });
  const domains = createDomains({
    domains: ['example.com'],
    aliases: otherNames,
    users: aliases,
    ownAddresses: () => [{ host: '192.0.2.1', port: 5060 }],
  });
  const meter = createMeter();
  const full = { ...defaultsOf(authSection), ...config };
  const watch = { ...noWatch, ...options.watch };
  const deps = { accounts, domains, clock: time.clock, tokens: createFakeTokens(), log: silentLog, meter, watch };
  const parts = {
    ...deps,
    rules: createDomainRules(domainsConfig),
    trusts: createTrust(full),
    authenticate: createAuthentication(deps, full),
  };
  const guard = createSipGuard(parts);
  const proxyGuard = createProxyGuard({ ...parts, hasComeBack: options.hasComeBack ?? (() => false) });
  const request = (sending: Sending = {}): IncomingRequest =>
    incomingRequest({
      method: 'REGISTER',
      uri: 'sip:example.com',
      from: 'sip:alice@example.com',
      ...sending,
      now: time.clock.now(),
    });
  const figure = (outcome: string): number | undefined =>
    meter.samples().find(({ name, labels }) => name === 'pharos_auth_requests_total' && labels['outcome'] === outcome)
      ?.value;
  return {
    time,
    store,
    accounts,
    aliases,
    domains,
    meter,
    request,
    figure,
    judge: (sending: Sending = {}): GuardVerdict => guard(request(sending)),
    /** As the proxy judges, of a request to a user of ours or away, by its Request-URI. */
    judgeOnward: (sending: Sending = {}, followsOwnRoute = false): GuardVerdict => {
      const incoming = request({ method: 'INVITE', uri: 'sip:bob@example.com', ...sending });
      return proxyGuard(incoming, { localAor: domains.localAor(incoming.uri), followsOwnRoute });
    },
  };
}

/** The value of Authorization, or of Proxy-Authorization. */
export function credentialsFor(nonce: string, method: string, requestUri: string, signing: Signing = {}): string {
  const { username = 'alice', realm = 'example.com', algorithm = 'MD5', uri = requestUri, count = 1 } = signing;
  const password = signing.password ?? 'pw-alice';
  const unsigned = { nonce, qop: 'auth', nc: count.toString(16).padStart(8, '0'), cnonce: 'c1' } as const;
  const ha1 = ha1Of(algorithm, username, realm, password);
  const response = responseOf(algorithm, ha1, unsigned, digestOf(algorithm, `${method}:${uri}`));
  return (
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=${algorithm}, qop=auth, nc=${unsigned.nc}, cnonce="c1"`
  );
}

export const nonceIn = (challenge: string): string => /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
