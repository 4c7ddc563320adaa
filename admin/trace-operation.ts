import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import type { TraceWish } from '../trace/filter.ts';
import { createTraceFilter } from '../trace/filter.ts';
import type { FollowOptions } from '../trace/followers.ts';
import type { Trace } from '../trace/trace.ts';
import type { ControlArgs, ControlOperation } from './control-operation.ts';
import { numberArg } from './number-arg.ts';
import { textArg } from './text-arg.ts';

const countMax = 1_000_000_000;
const wishes = ['user', 'callId', 'method', 'peer'] as const;

/** The operation behind `pharos trace`: lines for as long as the caller listens. */
export const traceOperation = (trace: Pick<Trace, 'follow'>): ControlOperation => ({
  op: 'trace.follow',
  doc: 'Shows SIP messages as they come and go: {user, callId, method, peer, whole, secrets, count}, none of them needed.',
  run(args, signal) {
    const options = optionsOf(args);
    return Promise.resolve(options.ok ? ok(trace.follow(options.value, signal)) : options);
  },
});

function optionsOf(args: ControlArgs): Result<FollowOptions, string> {
  const wish: { -readonly [Name in keyof TraceWish]: TraceWish[Name] } = {};
  for (const name of wishes) {
    if (args[name] === undefined) continue;
    const text = textArg(args, name);
    if (!text.ok) return text;
    wish[name] = text.value;
  }
  const filter = createTraceFilter(wish);
  if (!filter.ok) return filter;
  const count = numberArg(args, 'count', { min: 0, max: countMax, otherwise: 0 });
  if (!count.ok) return count;
  const whole = args['whole'] === true;
  return ok({ filter: filter.value, whole, secrets: args['secrets'] === true, count: count.value });
}
