import { promises } from 'node:dns';
import type { Clock, Instant, Milliseconds, Seconds } from '../kernel/clock.ts';
import { seconds, secondsAfter } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Hosts } from './hosts.ts';
import { reasonOf } from './reason.ts';

/** An address record with the time it may be remembered. */
export interface AddressRecord {
  readonly address: string;
  readonly ttl: number;
}

/** The questions put to DNS: one method for each record type, so that a test can answer them. */
export interface DnsClient {
  /** @throws an error whose `code` is ENODATA or ENOTFOUND when there is no such record */
  resolve4(name: string): Promise<readonly AddressRecord[]>;
  resolve6(name: string): Promise<readonly AddressRecord[]>;
}

export interface DnsConfig {
  /** Longest wait for one name. */
  readonly deadline: Milliseconds;
  /** Longest time an answer is remembered, whatever its TTL. */
  readonly ttlMax: Seconds;
  /** How long it is remembered that a name has no address, or that nobody answered. */
  readonly negativeTtl: Seconds;
}

export interface Resolver {
  /**
   * The numeric addresses of a host name, IPv6 and IPv4, never empty.
   *
   * @fault why there is none; settled within the deadline in any case
   */
  addresses(host: string): Promise<Result<readonly string[], string>>;
}

interface Remembered {
  readonly answer: Result<readonly string[], string>;
  readonly until: Instant;
}

/** A client on the system's name servers, or on those given (`1.2.3.4`, `[::1]:5353`). */
export function createDnsClient(config: {
  readonly deadline: Milliseconds;
  readonly servers?: readonly string[];
}): DnsClient {
  // Two tries fit into the deadline.
  const client = new promises.Resolver({ timeout: Math.max(100, Math.floor(config.deadline / 2)), tries: 2 });
  if (config.servers !== undefined && config.servers.length > 0) client.setServers(config.servers);
  return {
    resolve4: (name) => client.resolve4(name, { ttl: true }),
    resolve6: (name) => client.resolve6(name, { ttl: true }),
  };
}

/** Looks up host names: hosts file first, then AAAA and A (RFC 3263 §4.2), remembered for their TTL. */
export function createResolver(
  deps: { readonly clock: Clock; readonly wheel: TimerWheel; readonly dns: DnsClient; readonly hosts: Hosts },
  config: DnsConfig,
): Resolver {
  const remembered = new Map<string, Remembered>();
  const asked = new Map<string, Promise<Result<readonly string[], string>>>();

  const ask = async (name: string): Promise<Result<readonly string[], string>> => {
    const [six, four] = await inTime(deps.wheel, config.deadline, [
      records(deps.dns.resolve6(name)),
      records(deps.dns.resolve4(name)),
    ]);
    const found = [...six.found, ...four.found];
    const addresses = found.map((record) => record.address);
    const answer =
      addresses.length > 0
        ? ok(addresses)
        : fail(six.reason === four.reason ? four.reason : `${four.reason}, ${six.reason}`);
    const ttl =
      addresses.length > 0 ? Math.min(config.ttlMax, ...found.map((record) => record.ttl)) : config.negativeTtl;
    if (remembered.size >= limits.peersRememberedMax) remembered.clear();
    remembered.set(name, { answer, until: secondsAfter(deps.clock.now(), seconds(ttl)) });
    return answer;
  };

  return {
    async addresses(host) {
      const name = host.toLowerCase();
      const own = deps.hosts.get(name);
      if (own !== undefined) return ok(own);
      if (!isHostName(name)) return fail('not a host name');
      const known = remembered.get(name);
      if (known !== undefined && known.until > deps.clock.now()) return known.answer;
      const running = asked.get(name);
      if (running !== undefined) return running;
      if (asked.size >= limits.lookupsInFlightMax) return fail('too many names being looked up');
      const question = ask(name).finally(() => asked.delete(name));
      asked.set(name, question);
      return question;
    },
  };
}

/** What one question brought: records, or why there are none. */
interface Records {
  readonly found: readonly AddressRecord[];
  readonly reason: string;
}

/** The last line of each of these is only known when the promise settles, so a failure becomes a value here. */
async function records(question: Promise<readonly AddressRecord[]>): Promise<Records> {
  try {
    return { found: await question, reason: 'no address' };
  } catch (error) {
    return { found: [], reason: error instanceof Error ? reasonOf(error) : String(error) };
  }
}

/** The answers to two questions; one that is not there at the deadline counts as "ETIMEOUT". */
function inTime(
  wheel: TimerWheel,
  deadline: Milliseconds,
  questions: readonly [Promise<Records>, Promise<Records>],
): Promise<[Records, Records]> {
  return new Promise((resolve) => {
    const late: Records = { found: [], reason: 'ETIMEOUT' };
    const answers: [Records, Records] = [late, late];
    let left = questions.length;
    const timer = wheel.start(deadline, () => resolve(answers), undefined);
    const settle = (index: 0 | 1, answer: Records): void => {
      answers[index] = answer;
      left -= 1;
      if (left > 0) return;
      timer.cancel();
      resolve(answers);
    };
    void questions[0].then((answer) => settle(0, answer));
    void questions[1].then((answer) => settle(1, answer));
  });
}

/** Letters, digits, hyphens and underscores in labels of up to 63, 253 in all (RFC 1123 §2.1). */
const isHostName = (name: string): boolean =>
  name.length <= 253 &&
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/.test(name);
