import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import type { ControlOperation } from './control-operation.ts';
import { textArg } from './text-arg.ts';

/** An alias as an operator sees it. */
export interface AliasSummary {
  readonly alias: string;
  readonly target: string;
}

/** What alias operations ask of whoever keeps the aliases. Names are `user@domain`, `tel:` numbers or URIs. */
export interface AliasesPort {
  /** @fault a sentence */
  add(alias: string, target: string): Promise<Result<void, string>>;
  /** @fault a sentence, also when there is none */
  remove(alias: string): Promise<Result<void, string>>;
  list(): Iterable<AliasSummary>;
}

/** The operations behind `pharos alias`. */
export function aliasOperations(aliases: AliasesPort): readonly ControlOperation[] {
  return [
    {
      op: 'alias.add',
      doc: 'Gives a user another name: {alias, target}.',
      async run(args) {
        const alias = textArg(args, 'alias');
        if (!alias.ok) return alias;
        const target = textArg(args, 'target');
        if (!target.ok) return target;
        const added = await aliases.add(alias.value, target.value);
        return added.ok ? ok([]) : added;
      },
    },
    {
      op: 'alias.remove',
      doc: 'Takes another name away: {alias}.',
      async run(args) {
        const alias = textArg(args, 'alias');
        if (!alias.ok) return alias;
        const removed = await aliases.remove(alias.value);
        return removed.ok ? ok([]) : removed;
      },
    },
    {
      op: 'alias.list',
      doc: 'Lists the other names, one {alias, target} a line.',
      run: () => Promise.resolve(ok(aliases.list())),
    },
  ];
}
