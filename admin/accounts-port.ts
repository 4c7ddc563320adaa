import type { Result } from '../kernel/result.ts';

/** An account as an operator sees it; the password is nowhere. */
export interface AccountSummary {
  /** `alice@example.org`. */
  readonly user: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What to do with an account that is there already. */
export type WhenPresent = 'refuse' | 'replace';

export type AccountOutcome = 'added' | 'replaced' | 'present';

/** What user operations ask of whoever keeps the accounts. `user` is `name@domain` as an operator writes it. */
export interface AccountsPort {
  /** @fault a sentence: not an address, not a domain of ours, storage */
  put(user: string, password: string, whenPresent: WhenPresent): Promise<Result<AccountOutcome, string>>;
  /** @fault a sentence, also when there is no such account */
  setPassword(user: string, password: string): Promise<Result<void, string>>;
  /** @fault a sentence, also when there is no such account */
  remove(user: string): Promise<Result<void, string>>;
  list(): Iterable<AccountSummary>;
}
