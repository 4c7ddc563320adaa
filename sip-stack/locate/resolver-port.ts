import type { Result } from '../../kernel/result.ts';

/** At once when it is remembered. @fault why there is nothing; settled within a deadline in any case */
export type Found<Record> = Result<readonly Record[], string> | Promise<Result<readonly Record[], string>>;

/** Where a service of a domain is (RFC 2782). */
export interface Service {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** '' when the domain says that it does not have this service. */
  readonly target: string;
}

/** What a domain says of its services (RFC 3403 §4.1). */
export interface Rule {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly replacement: string;
}

/** What locate asks of DNS; net/dns.ts fits. */
export interface Resolver {
  /** Numeric addresses of a host name, never empty. */
  addresses(host: string, families: { readonly four: boolean; readonly six: boolean }): Found<string>;
  srv(name: string): Found<Service>;
  naptr(name: string): Found<Rule>;
}
