import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { type Expectation, put, remove, type Store, type StoreFault } from '../db/store.ts';
import { type DigestAlgorithm, ha1Of } from '../sip-stack/digest/algorithm.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import { encodeUtf8 } from '../sip-stack/wire/text.ts';
import { aorAt } from './aor-at.ts';
import { type Account, accountsTable } from './tables.ts';

/** Why an account could not be added or changed; `invalid` says what is wrong with the name or the password. */
export type AccountFault =
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'exists' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'store'; readonly fault: StoreFault };

/** A user as an administrator names it. */
export interface Login {
  /** The user part of the AOR, without escapes. */
  readonly username: string;
  /** A domain, which is the realm too. */
  readonly domain: string;
}

/** The users of our domains. */
export interface Accounts {
  add(login: Login, password: string): Promise<Result<Account, AccountFault>>;
  setPassword(login: Login, password: string): Promise<Result<Account, AccountFault>>;
  remove(login: Login): Promise<Result<void, AccountFault>>;
  /** All of them, by domain and then name. */
  list(): readonly Account[];
  find(aor: Aor): Account | undefined;
  has(aor: Aor): boolean;
  /** The account that digest credentials name: `alice` in the realm, or `alice@<realm>`. */
  findByUsername(username: WireText, realm: string): Account | undefined;
}

export function createAccounts(deps: { readonly store: Store; readonly clock: Clock }): Accounts {
  const { store } = deps;
  const find = (aor: Aor): Account | undefined => store.get(accountsTable, [aor]);

  const write = async (account: Account, expect: Expectation): Promise<Result<Account, AccountFault>> => {
    const written = await store.transact([put(accountsTable, account, expect)]);
    return written.ok ? ok(account) : fail({ kind: 'store', fault: written.fault });
  };

  return {
    async add(login, password) {
      const invalid = faultOfLogin(login, password);
      if (invalid !== undefined) return fail({ kind: 'invalid', reason: invalid });
      const account = accountOf(login, password, deps.clock.now());
      if (find(aorFromStore(account.aor)) !== undefined) return fail({ kind: 'exists' });
      return write(account, 'absent');
    },
    async setPassword(login, password) {
      const invalid = faultOfLogin(login, password);
      if (invalid !== undefined) return fail({ kind: 'invalid', reason: invalid });
      const known = find(aorOfLogin(login));
      if (known === undefined) return fail({ kind: 'unknown' });
      return write(accountOf(login, password, known.createdAt), { was: known });
    },
    async remove(login) {
      const known = find(aorOfLogin(login));
      if (known === undefined) return fail({ kind: 'unknown' });
      const removed = await store.transact([remove(accountsTable, [known.aor], { was: known })]);
      return removed.ok ? ok(undefined) : fail({ kind: 'store', fault: removed.fault });
    },
    list: () =>
      [...store.all(accountsTable)].sort((a, b) => compare(a.domain, b.domain) || compare(a.username, b.username)),
    find,
    has: (aor) => find(aor) !== undefined,
    findByUsername(username, realm) {
      const user = userOf(username, realm);
      return user === undefined ? undefined : find(aorAt(user, realm));
    },
  };
}

/** The canonical AOR of an account (RFC 3261 §10.3 step 5). */
export const aorOfLogin = (login: Login): Aor => aorAt(encodeUtf8(login.username), login.domain.toLowerCase());

/** H(A1) of the account for the form of username and the algorithm that the client chose. */
export function ha1Stored(account: Account, algorithm: DigestAlgorithm, username: WireText): string {
  const withDomain = username.includes('@');
  if (algorithm === 'MD5') return withDomain ? account.ha1Md5WithDomain : account.ha1Md5;
  return withDomain ? account.ha1Sha256WithDomain : account.ha1Sha256;
}

/** The user part that a digest username means; undefined when it names another domain. */
function userOf(username: WireText, realm: string): WireText | undefined {
  const at = username.lastIndexOf('@');
  if (at < 0) return username;
  return username.slice(at + 1).toLowerCase() === realm ? username.slice(0, at) : undefined;
}

function accountOf(login: Login, password: string, createdAt: number): Account {
  const { username } = login;
  const domain = login.domain.toLowerCase();
  const full = `${username}@${domain}`;
  return {
    aor: aorOfLogin(login),
    username,
    domain,
    ha1Md5: ha1Of('MD5', username, domain, password),
    ha1Sha256: ha1Of('SHA-256', username, domain, password),
    ha1Md5WithDomain: ha1Of('MD5', full, domain, password),
    ha1Sha256WithDomain: ha1Of('SHA-256', full, domain, password),
    createdAt,
  };
}

/** What is wrong with a name or a password, as a clause; undefined when both will do. */
function faultOfLogin({ username, domain }: Login, password: string): string | undefined {
  if (username === '') return 'the user name is empty';
  if (username.length > 128) return 'the user name has more than 128 characters';
  // A colon would be ambiguous in A1 (RFC 7616 §3.4.2), an at-sign in the two forms of the username.
  if (/[\p{Cc}\s:@"\\]/u.test(username)) return 'the user name has a space, a control character or one of : @ " \\';
  if (!/^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])$/i.test(domain)) return 'the domain is no host name';
  if (password === '') return 'the password is empty';
  if (password.length > 256) return 'the password has more than 256 characters';
  return undefined;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
