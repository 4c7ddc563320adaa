import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { ControlArgs } from './control-operation.ts';

/** Longest text taken from an operator. */
const textLengthMax = 1024;

/** @fault a clause that names the argument */
export function textArg(args: ControlArgs, name: string): Result<string, string> {
  const value = args[name];
  if (typeof value !== 'string' || value === '') return fail(`${name} is missing`);
  return value.length > textLengthMax ? fail(`${name} is longer than ${String(textLengthMax)} characters`) : ok(value);
}
