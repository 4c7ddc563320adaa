import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { AccountOutcome, AccountSummary, AccountsPort } from './accounts-port.ts';
import type { ControlArgs, ControlOperation } from './control-operation.ts';
import { textArg } from './text-arg.ts';

/** The operations behind `pharos user`: they act at once, on the server that runs or on its database. */
export function userOperations(accounts: AccountsPort): readonly ControlOperation[] {
  return [
    operation('user.add', 'Adds an account: {user, password}.', async (args) => {
      const given = userAndPassword(args);
      if (!given.ok) return given;
      const { user, password } = given.value;
      const outcome = await accounts.put(user, password, 'refuse');
      if (!outcome.ok) return outcome;
      return outcome.value === 'present'
        ? fail(`${user} exists already; change its password with: pharos user passwd ${user}`)
        : ok([]);
    }),
    operation('user.passwd', 'Changes a password: {user, password}.', async (args) => {
      const given = userAndPassword(args);
      if (!given.ok) return given;
      return emptyAnswer(await accounts.setPassword(given.value.user, given.value.password));
    }),
    operation('user.remove', 'Removes an account: {user}.', async (args) => {
      const user = textArg(args, 'user');
      return user.ok ? emptyAnswer(await accounts.remove(user.value)) : user;
    }),
    operation('user.list', 'Lists the accounts, one {user, createdAt} a line.', () =>
      Promise.resolve(ok(sorted(accounts.list()))),
    ),
    operation(
      'user.import',
      'Adds many accounts: {users: [[user, password], ...], replace}; answers with counts and the faults.',
      (args) => importUsers(accounts, args),
    ),
  ];
}

/** What one `user.import` request did. */
export interface ImportReport {
  readonly added: number;
  readonly replaced: number;
  /** Were there already and were left as they are. */
  readonly present: number;
  /** By position in the request. */
  readonly faults: readonly { readonly at: number; readonly fault: string }[];
}

async function importUsers(
  accounts: AccountsPort,
  args: ControlArgs,
): Promise<Result<readonly ImportReport[], string>> {
  const users: unknown = args['users'];
  if (!Array.isArray(users)) return fail('user.import takes users: [[user, password], ...]');
  if (users.length > limits.controlImportBatchMax) {
    return fail(`user.import takes at most ${String(limits.controlImportBatchMax)} users at once`);
  }
  const whenPresent = args['replace'] === true ? 'replace' : 'refuse';
  const counts: Record<AccountOutcome, number> = { added: 0, replaced: 0, present: 0 };
  const faults: { at: number; fault: string }[] = [];
  // All at once: the store commits them as one group.
  await Promise.all(
    users.map(async (entry: unknown, at) => {
      const [user, password] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
      const given = userAndPassword({ user, password });
      const outcome = given.ok ? await accounts.put(given.value.user, given.value.password, whenPresent) : given;
      if (outcome.ok) counts[outcome.value] += 1;
      else faults.push({ at, fault: outcome.fault });
    }),
  );
  return ok([{ ...counts, faults: faults.sort((one, other) => one.at - other.at) }]);
}

const operation = (op: string, doc: string, run: ControlOperation['run']): ControlOperation => ({ op, doc, run });

const emptyAnswer = (outcome: Result<void, string>): Result<readonly unknown[], string> =>
  outcome.ok ? ok([]) : outcome;

function userAndPassword(args: ControlArgs): Result<{ readonly user: string; readonly password: string }, string> {
  const user = textArg(args, 'user');
  if (!user.ok) return user;
  const password = textArg(args, 'password');
  if (!password.ok) return password;
  if (/\p{Cc}/u.test(password.value)) return fail('a password has no control characters');
  return ok({ user: user.value, password: password.value });
}

const sorted = (list: Iterable<AccountSummary>): readonly AccountSummary[] =>
  [...list].sort((one, other) => (one.user < other.user ? -1 : 1));
