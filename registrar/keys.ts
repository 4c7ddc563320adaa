import type { Tokens } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { put, type Store, type StoreFault } from '../db/store.ts';
import { keysTable } from './tables.ts';

/** Random text of 256 bits, the same for this name as long as the database lives; made when first asked for. */
export async function openKey(
  deps: { readonly store: Store; readonly tokens: Tokens },
  name: string,
): Promise<Result<string, StoreFault>> {
  const known = deps.store.get(keysTable, [name]);
  if (known !== undefined) return ok(known.value);
  const value = deps.tokens.token(256);
  const written = await deps.store.transact([put(keysTable, { name, value }, 'absent')]);
  if (written.ok) return ok(value);
  // Another node was first.
  const theirs = written.fault === 'conflict' ? deps.store.get(keysTable, [name]) : undefined;
  return theirs === undefined ? fail(written.fault) : ok(theirs.value);
}
