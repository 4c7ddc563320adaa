import type { AccountsPort } from '../admin/accounts-port.ts';
import type { AccountFault, Accounts, Login } from '../auth/accounts.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';

/**
 * The accounts as user operations want them: addressed as `user@domain`, faults in sentences.
 *
 * @param domains those that users may be in
 */
export function accountsPort(accounts: Accounts, domains: readonly string[]): AccountsPort {
  const served = new Set(domains.map((domain) => domain.toLowerCase()));
  const loginOf = (user: string): Result<Login, string> => {
    const at = user.lastIndexOf('@');
    if (at < 1) return fail(`${user} is not an address: write user@domain`);
    const login = { username: user.slice(0, at), domain: user.slice(at + 1).toLowerCase() };
    if (served.has(login.domain)) return ok(login);
    return fail(`${login.domain} is not a domain of this server (${[...served].join(', ')}): see --domain`);
  };
  return {
    async put(user, password, whenPresent) {
      const login = loginOf(user);
      if (!login.ok) return login;
      const added = await accounts.add(login.value, password);
      if (added.ok) return ok('added');
      if (added.fault.kind !== 'exists') return fail(sentenceOf(user, added.fault));
      if (whenPresent === 'refuse') return ok('present');
      const changed = await accounts.setPassword(login.value, password);
      return changed.ok ? ok('replaced') : fail(sentenceOf(user, changed.fault));
    },
    async setPassword(user, password) {
      const login = loginOf(user);
      if (!login.ok) return login;
      const changed = await accounts.setPassword(login.value, password);
      return changed.ok ? ok(undefined) : fail(sentenceOf(user, changed.fault));
    },
    async remove(user) {
      // Not held to the domains of today: an account of a domain given up can still be removed.
      const at = user.lastIndexOf('@');
      const removed = await accounts.remove({ username: user.slice(0, Math.max(0, at)), domain: user.slice(at + 1) });
      return removed.ok ? ok(undefined) : fail(sentenceOf(user, removed.fault));
    },
    list: () =>
      accounts.list().map(({ username, domain, createdAt }) => ({
        user: `${username}@${domain}`,
        createdAt: new Date(createdAt).toISOString(),
      })),
  };
}

function sentenceOf(user: string, fault: AccountFault): string {
  switch (fault.kind) {
    case 'invalid':
      return fault.reason;
    case 'exists':
      return `${user} exists already`;
    case 'unknown':
      return `there is no account ${user}`;
    case 'store':
      return fault.fault === 'conflict'
        ? `${user} was changed by somebody else at the same moment: try again`
        : `the database could not take the change of ${user} (${fault.fault})`;
  }
}
