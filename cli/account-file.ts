import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';

/** One line of an account file: `user@domain,password`. */
export interface AccountLine {
  readonly line: number;
  readonly user: string;
  readonly password: string;
}

/** Longest field; the server takes no longer one. */
const fieldLengthMax = 1024;
/** Faults told of one file; further ones are counted. */
const faultsTold = 20;

/**
 * Reads lines of `user@domain,password`; either may stand in double quotes (RFC 4180). Empty lines and lines that begin
 * with # are left out.
 *
 * @fault sentences, each with its line; nothing is to be imported then
 */
export async function readAccountLines(
  lines: AsyncIterable<string>,
  name: string,
): Promise<Result<readonly AccountLine[], readonly string[]>> {
  const accounts: AccountLine[] = [];
  const faults: string[] = [];
  let number = 0;
  let wrong = 0;
  for await (const line of lines) {
    number += 1;
    const text = (number === 1 ? line.replace(/^\uFEFF/, '') : line).trim();
    if (text === '' || text.startsWith('#')) continue;
    const fields = parseFields(text);
    const [user = '', password = ''] = fields ?? [];
    const short = user.length <= fieldLengthMax && password.length <= fieldLengthMax;
    if (fields?.length === 2 && /^[^@\s]+@[^@\s]+$/.test(user) && password !== '' && short) {
      accounts.push({ line: number, user, password });
    } else {
      wrong += 1;
      if (wrong <= faultsTold) faults.push(`${name}:${String(number)}: this is not user@domain,password.`);
    }
    if (accounts.length > limits.rowsPerTableMax) return fail([`${name} has more accounts than a server can hold.`]);
  }
  if (wrong > faultsTold) faults.push(`... and ${String(wrong - faultsTold)} lines more.`);
  return wrong > 0 ? fail(faults) : ok(accounts);
}

/** The lines of a file. */
export const fileLines = (path: string): AsyncIterable<string> =>
  createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });

/** The fields of one line; `undefined` when a quote is not closed. */
function parseFields(text: string): readonly string[] | undefined {
  if (!text.includes('"')) {
    // Without quotes the password is all that follows the first comma.
    const comma = text.indexOf(',');
    return comma < 0 ? [text] : [text.slice(0, comma).trim(), text.slice(comma + 1)];
  }
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const field = /^\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/.exec(rest);
    if (field === null) return undefined;
    fields.push(field[1]?.replaceAll('""', '"') ?? (field[2] ?? '').trim());
    if (field[3] === '') return fields;
    rest = rest.slice(field[0].length);
  }
}
