import { fail, ok, type Result } from '../kernel/result.ts';
import type { Rate } from './rates.ts';

/** A rate for some methods: `SUBSCRIBE+PUBLISH 20/s burst 500`; `*` for all that no other rule names. */
export interface RateRule {
  readonly methods: readonly string[];
  readonly rate: Rate;
}

/** Reads `20/s burst 500`, or `6/m burst 10`. */
export function parseRate(text: string): Result<Rate, string> {
  const match = /^(\d{1,7})\/([smh]) burst (\d{1,7})$/.exec(text.trim());
  if (match === null) return fail("is not written like '20/s burst 500'");
  const [, count = '', unit = '', burst = ''] = match;
  const perSecond = Number(count) / (unit === 's' ? 1 : unit === 'm' ? 60 : 3600);
  if (perSecond === 0 || Number(burst) === 0) return fail('has a rate or burst of 0, which would let nothing through');
  return ok({ perSecond, burst: Number(burst) });
}

export function parseRateRule(text: string): Result<RateRule, string> {
  const space = text.indexOf(' ');
  const methods = text.slice(0, Math.max(0, space)).toUpperCase();
  const rate = parseRate(text.slice(space + 1));
  if (!/^(?:\*|[A-Z]+(?:\+[A-Z]+)*)$/.test(methods) || !rate.ok) {
    return fail("is not written like 'SUBSCRIBE+PUBLISH 20/s burst 500'");
  }
  return ok({ methods: methods.split('+'), rate: rate.value });
}

const faultIn = (read: Result<unknown, string>): string | undefined => (read.ok ? undefined : read.fault);
/** For settings: what is wrong with one. */
export const faultOfRate = (text: string): string | undefined => faultIn(parseRate(text));
export const faultOfRateRule = (text: string): string | undefined => faultIn(parseRateRule(text));

/** A rate of a setting, which was judged when it was read. */
export function rateOf(text: string): Rate {
  const rate = parseRate(text);
  return rate.ok ? rate.value : { perSecond: 1, burst: 1 };
}
