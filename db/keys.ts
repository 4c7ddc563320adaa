import type { Tokens } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { put, type Store, type StoreFault } from './store.ts';
import { type Table, table, text } from './table.ts';

/** One secret that must outlive the process: what was made with it is in other people's hands. */
export interface KeyRow {
  readonly name: string;
  readonly value: string;
}

/** A table for the secrets of one domain. */
export const keysTable = (name: string): Table<KeyRow> =>
  table(name, { columns: { name: text(), value: text() }, key: ['name'] });

/** Random text of 256 bits, the same for this name as long as the database lives; made when first asked for. */
export async function openKey(
  deps: { readonly store: Store; readonly tokens: Tokens },
  keys: Table<KeyRow>,
  name: string,
): Promise<Result<string, StoreFault>> {
  const known = deps.store.get(keys, [name]);
  if (known !== undefined) return ok(known.value);
  const value = deps.tokens.token(256);
  const written = await deps.store.transact([put(keys, { name, value }, 'absent')]);
  if (written.ok) return ok(value);
  // Another node was first.
  const theirs = written.fault === 'conflict' ? deps.store.get(keys, [name]) : undefined;
  return theirs === undefined ? fail(written.fault) : ok(theirs.value);
}
