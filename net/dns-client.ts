import { getServers } from 'node:dns';
import { chanceOf } from '../kernel/chance.ts';
import type { Clock, Milliseconds, Tokens } from '../kernel/clock.ts';
import { milliseconds, millisecondsAfter } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Address } from './address.ts';
import { canonicalHost } from './address.ts';
import { Inquiry } from './dns-inquiry.ts';
import type { Outcome, Question } from './dns-message.ts';
import type { DnsAnswer, DnsClient, DnsType } from './dns-records.ts';
import { isDnsName, ttlMax } from './dns-records.ts';
import { createNameServers } from './dns-servers.ts';

export interface DnsClientDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
}

export interface DnsClientConfig {
  /** Longest wait for the answer to one question, aliases included. */
  readonly deadline: Milliseconds;
  /** Name servers to ask, in this order (`192.0.2.53`, `[::1]:5353`); those of the system when empty or absent. */
  readonly servers?: readonly string[];
}

/**
 * A client of recursive name servers (RFC 1035 §7.2): UDP, and TCP when the answer does not fit. Node's own is not used
 * because it hides the TTLs of SRV and NAPTR and of what is not there.
 */
export function createDnsClient({ clock, wheel, tokens, log }: DnsClientDeps, config: DnsClientConfig): DnsClient {
  const given = config.servers === undefined || config.servers.length === 0 ? getServers() : config.servers;
  const chance = chanceOf(tokens);
  const servers = createNameServers(given.flatMap(serverFrom), log);

  /** One name, without its aliases. */
  const askOnce = (name: string, type: DnsType, deadline: Milliseconds): Promise<Outcome> =>
    new Promise((resolve) => {
      const question: Question = { id: chance(65_536), name, type };
      new Inquiry({ wheel, servers, deadline }, question, resolve).begin();
    });

  const ask = async (asked: string, type: DnsType): Promise<DnsAnswer> => {
    const until = millisecondsAfter(clock.now(), config.deadline);
    let name = asked;
    let ttl = ttlMax;
    let aliases = 0;
    while (aliases <= limits.dnsAliasesMax && isDnsName(name)) {
      const reading = await askOnce(name, type, milliseconds(Math.max(0, until - clock.now())));
      if (reading.kind === 'refused') return { kind: 'failed', reason: reading.reason };
      ttl = Math.min(ttl, reading.ttl);
      if (reading.kind !== 'alias') return { ...reading, ttl };
      name = reading.name;
      aliases += reading.steps;
    }
    return { kind: 'failed', reason: 'too many aliases' };
  };

  return { ask: (name, type) => ask(name, type) as Promise<DnsAnswer<typeof type>> };
}

/** An address with or without a port, IPv6 with a port in brackets; nothing for anything else. */
function serverFrom(text: string): readonly Address[] {
  const whole = canonicalHost(text);
  if (whole !== undefined) return [{ host: whole, port: 53 }];
  const colon = text.lastIndexOf(':');
  const host = canonicalHost(text.slice(0, colon));
  const port = Number(text.slice(colon + 1));
  return host !== undefined && port > 0 && port < 65_536 ? [{ host, port }] : [];
}
