import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { put, remove, type Store } from '../db/store.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import { encodeUtf8 } from '../sip-stack/wire/text.ts';
import { parseUri, type SipUri } from '../sip-stack/wire/uri.ts';
import { type Alias, aliasesTable } from './tables.ts';

/**
 * Other names of users, kept in the database: `sip:alice.smith@example.com` is `sip:alice@example.com`, `tel:+15550100` is
 * bob. One step only: what an alias leads to is not looked up again, so that no chain and no circle can be made.
 */
export interface Aliases {
  /** What an address stands for; undefined when it is no alias. Fits the port of proxy/. */
  resolve(aor: Aor): string | undefined;
  /** As `resolve`, when it is a user of ours. */
  userOf(aor: Aor): Aor | undefined;
  /** Grows with every change: what was resolved before it is to be asked anew. */
  readonly version: number;
  /** @fault a sentence */
  add(alias: string, target: string): Promise<Result<void, string>>;
  /** @fault a sentence, also when there is none */
  remove(alias: string): Promise<Result<void, string>>;
  /** All of them, by alias. */
  list(): readonly Alias[];
}

export function createAliases(deps: {
  readonly store: Store;
  readonly clock: Clock;
  /** Whether there is an account of this name: an alias must not take its place. */
  readonly has: (aor: Aor) => boolean;
  /** The domain of ours for a host or another name of one; undefined for others. */
  readonly domainOf: (host: string) => string | undefined;
}): Aliases {
  const { store } = deps;
  let version = 0;
  let count = store.size(aliasesTable);

  /** As it stands in the table: the alias of the domain itself, whichever name of it was given. */
  const read = (text: string): Result<{ readonly uri: SipUri; readonly aor: Aor }, string> => {
    const parsed = parseUri(encodeUtf8(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `sip:${text}`));
    if (!parsed.ok) return fail(`${text} is no address (${parsed.fault}): write user@domain`);
    const uri = parsed.value;
    const domain = uri.rest === undefined ? deps.domainOf(uri.host) : undefined;
    const aor = canonicalAor(uri);
    if (domain === undefined || domain === uri.host) return ok({ uri, aor });
    return ok({ uri, aor: aorFromStore(`${aor.slice(0, aor.lastIndexOf('@') + 1)}${domain}`) });
  };

  const isOurs = (aor: string): boolean => deps.domainOf(aor.slice(aor.lastIndexOf('@') + 1)) !== undefined;

  const judge = (text: string, alias: SipUri, aor: Aor, target: SipUri): string | undefined => {
    if (alias.scheme !== 'tel' && (alias.rest !== undefined || alias.user === undefined)) {
      return `${text} cannot be an alias: write user@domain, or tel: and a number`;
    }
    if (alias.scheme !== 'tel' && !isOurs(aor)) return `${text} is not in a domain of this server`;
    if (deps.has(aor)) return `${text} has an account of its own; remove that first`;
    if (store.get(aliasesTable, [aor]) !== undefined) return `${text} is an alias already; remove that first`;
    if (target.rest !== undefined || target.user === undefined) return 'an alias leads to user@domain';
    return undefined;
  };

  const resolve = (aor: Aor): string | undefined => (count === 0 ? undefined : store.get(aliasesTable, [aor])?.target);

  return {
    resolve,
    userOf(aor) {
      const target = resolve(aor);
      return target === undefined || !isOurs(target) ? undefined : aorFromStore(target);
    },
    get version() {
      return version;
    },
    async add(aliasText, targetText) {
      const [alias, target] = [read(aliasText), read(targetText)];
      if (!alias.ok) return alias;
      if (!target.ok) return target;
      const fault = judge(aliasText, alias.value.uri, alias.value.aor, target.value.uri);
      if (fault !== undefined) return fail(fault);
      const { aor } = target.value;
      if (alias.value.aor === aor) return fail(`${aliasText} would be its own alias`);
      if (resolve(aor) !== undefined) return fail(`${targetText} is itself an alias: name the user it stands for`);
      if (isOurs(aor) && !deps.has(aor)) return fail(`there is no account ${targetText}`);
      const row: Alias = { alias: alias.value.aor, target: aor, createdAt: deps.clock.now() };
      const written = await store.transact([put(aliasesTable, row, 'absent')]);
      version += 1;
      count = store.size(aliasesTable);
      return written.ok ? ok(undefined) : fail(`the database could not take the alias (${written.fault})`);
    },
    async remove(aliasText) {
      const alias = read(aliasText);
      if (!alias.ok) return alias;
      const known = store.get(aliasesTable, [alias.value.aor]);
      if (known === undefined) return fail(`there is no alias ${aliasText}`);
      const removed = await store.transact([remove(aliasesTable, [known.alias], { was: known })]);
      version += 1;
      count = store.size(aliasesTable);
      return removed.ok ? ok(undefined) : fail(`the database could not remove the alias (${removed.fault})`);
    },
    list: () => [...store.all(aliasesTable)].sort((a, b) => (a.alias < b.alias ? -1 : 1)),
  };
}
