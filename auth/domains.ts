import type { Aor } from '../kernel/aor.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { aorAt } from './aor-at.ts';
import { addressBytes } from '../net/cidr.ts';

/** A host, and the port we listen on there: a numeric address (IPv6 with or without brackets) or a name of this machine. */
export interface OwnAddress {
  readonly host: string;
  readonly port: number;
}

/** Which domains are ours (RFC 3261 §10.3: a registrar has to know them). */
export interface Domains {
  /** The first one: what the server's own addresses count as. */
  readonly primary: string;
  /** The domain that a URI belongs to: its host when we serve it, the primary one for an address of our own. */
  domainOf(uri: SipUri): string | undefined;
  /** The canonical AOR of a URI in a domain of ours; undefined when it is elsewhere. */
  localAor(uri: SipUri): Aor | undefined;
  /** Whether a host is one of our domains or, on any port, an address of our own. */
  serves(host: string): boolean;
}

/** Other names of users: what an AOR of ours stands for when it is no user itself. Aliases of auth/aliases.ts fit. */
export interface UserAliases {
  userOf(aor: Aor): Aor | undefined;
  readonly version: number;
}

/**
 * @param domains       the domains served, at least one
 * @param aliases       other names of them, in lower case
 * @param users         other names of users
 * @param ownAddresses  asked for again and again, since ports are known only after binding; where we are bound to a
 *                      wildcard, the addresses of all interfaces
 */
export function createDomains(deps: {
  readonly domains: readonly string[];
  readonly ownAddresses: () => readonly OwnAddress[];
  readonly aliases?: ReadonlyMap<string, string>;
  readonly users?: UserAliases;
}): Domains {
  const served = servedOf(deps.domains, deps.aliases);
  const primary = [...served.keys()][0] ?? 'localhost';
  const { users } = deps;
  let listed: readonly OwnAddress[] = [];
  let ports = new Map<string, ReadonlySet<number>>();

  const ownPorts = (host: string): ReadonlySet<number> | undefined => {
    const now = deps.ownAddresses();
    if (now !== listed) {
      listed = now;
      ports = portsByHost(now);
    }
    return ports.get(host) ?? ports.get(comparableHost(host));
  };

  const domainFor = (host: string, port: number | undefined): string | undefined => {
    const domain = served.get(host);
    if (domain !== undefined) return domain;
    const own = ownPorts(host);
    if (own === undefined) return undefined;
    // Another port of this machine is somebody else: most often a client that runs beside us.
    return port === undefined || own.has(port) ? primary : undefined;
  };

  const domainOfHost = (uri: SipUri): string | undefined => {
    const { host } = uri;
    return host === '' ? undefined : domainFor(host, uri.port);
  };

  /** The last URI in a domain of ours: one request asks for its From, its To and its Request-URI several times over. */
  let last: Resident | undefined;
  const residentOf = (uri: SipUri): Resident | undefined => {
    const { text } = uri;
    const version = users?.version ?? 0;
    if (text === last?.text && version === last.version) return last;
    const domain = domainOfHost(uri);
    if (domain === undefined) return undefined;
    const aor = domain === uri.host ? canonicalAor(uri) : aorAt(uri.user, domain);
    last = { text: copyText(text), domain, aor: users?.userOf(aor) ?? aor, version };
    return last;
  };

  return {
    primary,
    // Without an AOR for it: a Request-URI that names the domain alone would take the place of the user remembered above.
    domainOf: (uri) => (uri.text === last?.text ? last.domain : domainOfHost(uri)),
    localAor: (uri) => residentOf(uri)?.aor,
    serves: (host) => served.has(host.toLowerCase()) || ownPorts(host) !== undefined,
  };
}

/** What a URI in a domain of ours comes to. */
interface Resident {
  readonly text: string;
  readonly domain: string;
  readonly aor: Aor;
  /** Of the aliases, when it was found. */
  readonly version: number;
}

/** The domain for each name of it. An alias of a domain that is not ours means nothing. */
export function servedOf(
  domains: readonly string[],
  aliases: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const served = new Map(domains.map((domain) => [domain.toLowerCase(), domain.toLowerCase()]));
  for (const [alias, domain] of aliases) if (served.get(domain) === domain) served.set(alias, domain);
  return served;
}

function portsByHost(addresses: readonly OwnAddress[]): Map<string, ReadonlySet<number>> {
  const ports = new Map<string, Set<number>>();
  for (const { host, port } of addresses) {
    const key = comparableHost(host);
    const known = ports.get(key);
    if (known === undefined) ports.set(key, new Set([port]));
    else known.add(port);
  }
  return ports;
}

/** One text for all spellings of an address; a name in lower case. */
const comparableHost = (host: string): string => addressBytes(host)?.join('.') ?? host.toLowerCase();
