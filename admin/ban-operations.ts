import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { ControlOperation } from './control-operation.ts';
import { textArg } from './text-arg.ts';

/** A ban as an operator sees it. */
export interface BanSummary {
  readonly source: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly until: string;
}

/** What ban operations ask of whoever keeps the bans. */
export interface BansPort {
  /** @fault a sentence */
  add(source: string, reason: string, seconds: number): Promise<Result<void, string>>;
  /** @fault a sentence, also when there is none */
  remove(source: string): Promise<Result<void, string>>;
  list(): Iterable<BanSummary>;
}

const secondsMax = 10 * 365 * 86_400;

/** The operations behind `pharos ban`. */
export function banOperations(bans: BansPort): readonly ControlOperation[] {
  return [
    {
      op: 'ban.add',
      doc: 'Bans an address or network: {source, seconds, reason}.',
      async run(args) {
        const source = textArg(args, 'source');
        if (!source.ok) return source;
        const { seconds, reason } = args;
        if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > secondsMax) {
          return fail(`seconds is a whole number from 1 to ${String(secondsMax)}`);
        }
        const why = typeof reason === 'string' && reason !== '' ? reason.slice(0, 200) : 'operator';
        const added = await bans.add(source.value, why, seconds);
        return added.ok ? ok([]) : added;
      },
    },
    {
      op: 'ban.remove',
      doc: 'Lifts a ban: {source}.',
      async run(args) {
        const source = textArg(args, 'source');
        if (!source.ok) return source;
        const removed = await bans.remove(source.value);
        return removed.ok ? ok([]) : removed;
      },
    },
    {
      op: 'ban.list',
      doc: 'Lists the bans in force, one {source, reason, until} a line.',
      run: () => Promise.resolve(ok(bans.list())),
    },
  ];
}
