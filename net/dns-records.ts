import type { Result } from '../kernel/result.ts';

/** What is asked for: the types of RFC 1035, 3596, 2782 and 3403 that SIP needs. */
export type DnsType = 'A' | 'AAAA' | 'SRV' | 'NAPTR';

/** Where a service is (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Lower case, without the final dot; '' when the domain says that it has no such service. */
  readonly target: string;
}

/** A rule of the DDDS (RFC 3403 §4.1). */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  /** Lower case, without the final dot; '' for none. */
  readonly replacement: string;
}

/** The record of each type as it is handed out: an address is text. */
export interface DnsRecords {
  readonly A: string;
  readonly AAAA: string;
  readonly SRV: SrvRecord;
  readonly NAPTR: NaptrRecord;
}

/** How a question ended. */
export type DnsAnswer<Type extends DnsType = DnsType> =
  /** At least one record, at most limits.dnsRecordsMax. `ttl` is the least of all that led there, in seconds. */
  | { readonly kind: 'found'; readonly records: readonly DnsRecords[Type][]; readonly ttl: number }
  /** There is no such name, or no such record at it; `ttl` is what the zone allows (RFC 2308 §5), 0 when it says nothing. */
  | { readonly kind: 'nothing'; readonly reason: 'NXDOMAIN' | 'NODATA'; readonly ttl: number }
  /** Nobody knew. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Puts one question to name servers. */
export interface DnsClient {
  /**
   * @param name lower case, a host name in the widest sense (`isDnsName`)
   * @returns settled within the deadline in any case; never rejected
   */
  ask<Type extends DnsType>(name: string, type: Type): Promise<DnsAnswer<Type>>;
}

/** What a look-up gave: at once when it is remembered. @fault why there is none */
export type Found<Record> = Result<readonly Record[], string> | Promise<Result<readonly Record[], string>>;

/** Labels of up to 63 characters without spaces, dots and what is not ASCII; 253 in all (RFC 1035 §2.3.4, RFC 2181 §11). */
export const isDnsName = (name: string): boolean =>
  name.length <= 253 && /^(?:[!-\-/-~]{1,63}\.)*[!-\-/-~]{1,63}\.?$/.test(name);

/** One spelling: lower case, without the final dot. */
export const canonicalName = (name: string): string => {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
};

/** Longest time to live in seconds that a record can state (RFC 2181 §8). */
export const ttlMax = 2 ** 31 - 1;
