import type { Clock, Instant, Seconds } from '../kernel/clock.ts';
import { seconds, secondsAfter } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Counter, Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { DnsAnswer, DnsClient, DnsRecords, DnsType, Found, NaptrRecord, SrvRecord } from './dns-records.ts';
import { canonicalName, isDnsName } from './dns-records.ts';
import type { Hosts } from './hosts.ts';

export interface ResolverConfig {
  /** Longest time an answer is remembered, whatever its TTL. */
  readonly ttlMax: Seconds;
  /** Longest time it is remembered that there is no such record, whatever the zone says; 0 for not at all. */
  readonly negativeTtlMax: Seconds;
  /** How long it is remembered that no server knew, or that the zone does not say for how long there is nothing. */
  readonly failureTtl: Seconds;
}

/** Looks names up in DNS; an answer is at hand at once while it is remembered. */
export interface Resolver {
  /**
   * The numeric addresses of a host name, never empty: IPv6 first (RFC 3263 §4.2). The hosts file is asked before DNS.
   *
   * @param families those to ask for; both when absent
   */
  addresses(host: string, families?: Families): Found<string>;
  /** Where a service of a domain is (RFC 2782), in no order. */
  srv(name: string): Found<SrvRecord>;
  /** The rules of a domain (RFC 3403), in no order. */
  naptr(name: string): Found<NaptrRecord>;
}

export interface Families {
  readonly four: boolean;
  readonly six: boolean;
}

export interface ResolverDeps {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly dns: DnsClient;
  readonly hosts: Hosts;
}

interface Remembered {
  readonly answer: Result<readonly unknown[], string>;
  readonly until: Instant;
}

const bothFamilies: Families = { four: true, six: true };
const noRecords = fail('no address of a family we speak');

/** Remembers what was found for its TTL, and what was not (RFC 2308); asks once for a name that several wait for. */
export function createResolver(deps: ResolverDeps, config: ResolverConfig): Resolver {
  const { clock, meter, dns, hosts } = deps;
  const counts = countsIn(meter);
  const remembered = new Map<string, Remembered>();
  const asked = new Map<string, Promise<Result<readonly unknown[], string>>>();
  meter.gauge('pharos_dns_remembered', 'Answers from DNS that are remembered', () => remembered.size);
  meter.gauge('pharos_dns_lookups_in_flight', 'Questions put to DNS that wait for an answer', () => asked.size);

  const remember = (key: string, answer: Remembered['answer'], ttl: number): void => {
    if (ttl <= 0) return;
    // What was learnt first goes first: whoever makes us look up thousands of names cannot empty it at a stroke.
    for (const oldest of remembered.keys()) {
      if (remembered.size < limits.peersRememberedMax) break;
      remembered.delete(oldest);
    }
    remembered.set(key, { answer, until: secondsAfter(clock.now(), seconds(ttl)) });
  };

  const settle = (key: string, answer: DnsAnswer): Result<readonly unknown[], string> => {
    asked.delete(key);
    remembered.delete(key);
    counts[answer.kind].add();
    if (answer.kind === 'found') {
      const found = ok(answer.records);
      remember(key, found, Math.min(answer.ttl, config.ttlMax));
      return found;
    }
    const missing = fail(answer.reason);
    const untold = answer.kind === 'failed' || answer.ttl === 0;
    remember(key, missing, Math.min(untold ? config.failureTtl : answer.ttl, config.negativeTtlMax));
    return missing;
  };

  const lookUp = <Type extends DnsType>(name: string, type: Type): Found<DnsRecords[Type]> => {
    // DNS has no such names, and asking would only tell others of them (RFC 6761 §6.3, §6.4).
    if (/(?:^|\.)(?:invalid|localhost)$/.test(name)) return nowhere;
    const key = `${type} ${name}`;
    const known = remembered.get(key);
    if (known !== undefined && known.until > clock.now()) {
      counts.remembered.add();
      return known.answer as Result<readonly DnsRecords[Type][], string>;
    }
    const running = asked.get(key);
    if (running !== undefined) return running as Promise<Result<readonly DnsRecords[Type][], string>>;
    if (asked.size >= limits.lookupsInFlightMax) {
      counts.refused.add();
      return fail('too many names being looked up');
    }
    const question = dns.ask(name, type).then((answer) => settle(key, answer));
    asked.set(key, question);
    return question as Promise<Result<readonly DnsRecords[Type][], string>>;
  };

  return {
    addresses(host, families = bothFamilies) {
      const name = canonicalName(host);
      const own = hosts.get(name)?.filter((address) => (address.includes(':') ? families.six : families.four));
      if (own !== undefined) return own.length > 0 ? ok(own) : noRecords;
      if (!isHostName(name)) return notAName;
      if (!families.four && !families.six) return noRecords;
      const six = families.six ? lookUp(name, 'AAAA') : undefined;
      const four = families.four ? lookUp(name, 'A') : undefined;
      if (six === undefined || four === undefined) return six ?? four ?? noRecords;
      if (six instanceof Promise || four instanceof Promise)
        return Promise.all([six, four]).then(([sixes, fours]) => together(sixes, fours));
      return together(six, four);
    },
    srv: (name) => (isDnsName(name) ? lookUp(canonicalName(name), 'SRV') : notAName),
    naptr: (name) => (isDnsName(name) ? lookUp(canonicalName(name), 'NAPTR') : notAName),
  };
}

const notAName = fail('not a host name');
const nowhere = fail('a name that is not in DNS');

/** What both questions gave; a reason only when neither gave anything. */
function together(
  six: Result<readonly string[], string>,
  four: Result<readonly string[], string>,
): Result<readonly string[], string> {
  if (six.ok) return four.ok ? ok([...six.value, ...four.value]) : six;
  if (four.ok || six.fault === four.fault) return four;
  return fail(`${four.fault}, ${six.fault}`);
}

type Counts = Readonly<Record<'found' | 'nothing' | 'failed' | 'remembered' | 'refused', Counter>>;

function countsIn(meter: Meter): Counts {
  const of = (outcome: string): Counter =>
    meter.counter('pharos_dns_lookups_total', 'Questions to DNS by what became of them', { outcome });
  return {
    found: of('found'),
    nothing: of('nothing'),
    failed: of('failed'),
    remembered: of('remembered'),
    refused: of('refused'),
  };
}

/** Letters, digits, hyphens and underscores in labels of up to 63, 253 in all (RFC 1123 §2.1). */
const isHostName = (name: string): boolean =>
  name.length <= 253 &&
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(name);
