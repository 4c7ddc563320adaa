import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { ControlArgs } from './control-operation.ts';

/**
 * A whole number from `min` to `max`; `otherwise` when it is absent.
 *
 * @fault a clause that names the argument
 */
export function numberArg(
  args: ControlArgs,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly otherwise: number },
): Result<number, string> {
  const value = args[name];
  if (value === undefined) return ok(bounds.otherwise);
  return typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max
    ? ok(value)
    : fail(`${name} is a whole number from ${String(bounds.min)} to ${String(bounds.max)}`);
}
