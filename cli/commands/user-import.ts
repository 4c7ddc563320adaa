import { existsSync } from 'node:fs';
import type { ControlDoor } from '../../admin/control-operation.ts';
import type { ImportReport } from '../../admin/user-operations.ts';
import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { AccountLine } from '../account-file.ts';
import { fileLines, readAccountLines } from '../account-file.ts';
import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos user import users.csv`. */
export const userImport: CliCommand = {
  path: ['user', 'import'],
  summary: 'Adds the accounts of a file with lines of user@domain,password.',
  arguments: [{ name: '<file>', doc: 'the file, or - for standard input' }],
  options: [
    { flags: '--replace', doc: 'change the password of accounts that exist; they are left alone otherwise' },
    ...settingsOptions,
  ],
  async run(call, terminal) {
    const file = call.arguments[0] ?? '-';
    if (file !== '-' && !existsSync(file)) {
      terminal.complain(`There is no file ${file}.`);
      return 1;
    }
    const accounts = await readAccountLines(file === '-' ? terminal.inputLines() : fileLines(file), file);
    if (!accounts.ok) {
      for (const line of accounts.fault) terminal.complain(line);
      terminal.complain('Nothing was imported.');
      return 1;
    }
    return throughDoor(call, terminal, async (door) => {
      const outcome = await importAll(door, accounts.value, call.options['replace'] === true);
      if (!outcome.ok) return outcome;
      const { added, replaced, present, faults } = outcome.value;
      terminal.say(`${String(added)} added, ${String(replaced)} replaced, ${String(present)} were there already.`);
      for (const fault of faults.slice(0, 20)) terminal.complain(`${file}:${fault}`);
      return faults.length === 0 ? ok(undefined) : fail(`${String(faults.length)} lines could not be imported`);
    });
  },
};

interface ImportTotal {
  readonly added: number;
  readonly replaced: number;
  readonly present: number;
  /** `line: sentence`. */
  readonly faults: readonly string[];
}

/** Characters that one request line may have beside the accounts. */
const frameCharacters = 1_000;

async function importAll(
  door: ControlDoor,
  accounts: readonly AccountLine[],
  replace: boolean,
): Promise<Result<ImportTotal, string>> {
  const total = { added: 0, replaced: 0, present: 0 };
  const faults: string[] = [];
  for (const batch of batches(accounts)) {
    const users = batch.map(({ user, password }) => [user, password]);
    const outcome = await door.call('user.import', { users, replace }, (item) => {
      // The answer of our own operation.
      const report = item as ImportReport;
      total.added += report.added;
      total.replaced += report.replaced;
      total.present += report.present;
      for (const { at, fault } of report.faults) faults.push(`${String(batch[at]?.line ?? 0)}: ${fault}`);
    });
    if (!outcome.ok) return outcome;
  }
  return ok({ ...total, faults });
}

function* batches(accounts: readonly AccountLine[]): Generator<readonly AccountLine[]> {
  let batch: AccountLine[] = [];
  let characters = 0;
  for (const account of accounts) {
    const length = JSON.stringify([account.user, account.password]).length + 1;
    if (
      batch.length >= limits.controlImportBatchMax ||
      characters + length > limits.controlLineBytesMax - frameCharacters
    ) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(account);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}
