import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { Resolver } from '../../net/dns.ts';
import type { NaptrRecord, SrvRecord } from '../../net/dns-records.ts';
import type { Zone } from './dns-server.ts';
import { recordsOf } from './dns-server.ts';

/** A resolver that knows these records, and what it was asked. */
export interface FakeResolver extends Resolver {
  readonly asked: string[];
  /** Whether answers are at hand at once, as those that are remembered. */
  remembers: boolean;
}

export function createFakeResolver(zone: Zone): FakeResolver {
  const all = Object.entries(zone).flatMap(([key, texts]) => recordsOf(key, texts));
  const find = <Record>(name: string, type: string): Result<readonly Record[], string> => {
    resolver.asked.push(`${type} ${name}`);
    const found = all.filter((record) => record.name === name && record.type === type);
    return found.length > 0 ? ok(found.map(({ data }) => data as Record)) : fail(`no ${type} of ${name}`);
  };
  const given = <Value>(value: Value): Value | Promise<Value> => (resolver.remembers ? value : Promise.resolve(value));
  const resolver: FakeResolver = {
    asked: [],
    remembers: false,
    addresses(host, families = { four: true, six: true }) {
      const six = families.six ? find<string>(host, 'AAAA') : fail('');
      const four = families.four ? find<string>(host, 'A') : fail('');
      const both = [...(six.ok ? six.value : []), ...(four.ok ? four.value : [])];
      return given(both.length > 0 ? ok(both) : fail(`no address of ${host}`));
    },
    srv: (name) => given(find<SrvRecord>(name, 'SRV')),
    naptr: (name) => given(find<NaptrRecord>(name, 'NAPTR')),
  };
  return resolver;
}
