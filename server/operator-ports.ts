import type { AliasesPort } from '../admin/alias-operations.ts';
import { aliasOperations } from '../admin/alias-operations.ts';
import type { BansPort } from '../admin/ban-operations.ts';
import { banOperations } from '../admin/ban-operations.ts';
import type { ControlOperation } from '../admin/control-operation.ts';
import { userOperations } from '../admin/user-operations.ts';
import type { Bans } from '../abuse/bans.ts';
import type { Accounts } from '../auth/accounts.ts';
import type { Aliases } from '../auth/aliases.ts';
import { seconds } from '../kernel/clock.ts';
import { decodeUtf8 } from '../sip-stack/wire/text.ts';
import { accountsPort } from './accounts-port.ts';

/** What an operator may change, on the server that runs or on its database. */
export interface OperatorState {
  readonly accounts: Accounts;
  readonly aliases: Aliases;
  readonly bans: Bans;
}

export const stateOperations = (
  { accounts, aliases, bans }: OperatorState,
  domains: readonly string[],
): readonly ControlOperation[] => [
  ...userOperations(accountsPort(accounts, domains)),
  ...aliasOperations(aliasesPort(aliases)),
  ...banOperations(bansPort(bans)),
];

const aliasesPort = (aliases: Aliases): AliasesPort => ({
  add: (alias, target) => aliases.add(alias, target),
  remove: (alias) => aliases.remove(alias),
  list: () => aliases.list().map(({ alias, target }) => ({ alias: written(alias), target: written(target) })),
});

const bansPort = (bans: Bans): BansPort => ({
  add: (source, reason, length) => bans.add(source, reason, seconds(length)),
  remove: (source) => bans.remove(source),
  list: () =>
    bans.list().map(({ source, reason, until }) => ({ source, reason, until: new Date(until).toISOString() })),
});

/** As an operator writes it. */
const written = (aor: string): string => decodeUtf8(aor.startsWith('sip:') ? aor.slice(4) : aor);
