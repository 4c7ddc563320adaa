import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { compileEre } from './ere.ts';
import { match } from './ere-match.ts';

/**
 * Applies the substitution expression of a NAPTR record to a number (RFC 3402 §3.2), in a time that depends on the lengths
 * alone.
 *
 * @param number the application unique string: `+` and digits
 * @returns what comes in the place of the number
 * @fault what is wrong with the expression, or that it does not match
 */
export function substitute(expression: string, number: string): Result<string, string> {
  const parts = partsOf(expression);
  if (!parts.ok) return parts;
  const [ere, replacement, flags] = parts.value;
  if (flags !== '' && flags.toLowerCase() !== 'i') return fail('unknown flag');
  const program = compileEre(ere, flags !== '');
  if (!program.ok) return program;
  const groups = match(program.value, number);
  return groups === undefined ? fail('does not match') : replaced(replacement, groups);
}

/** The delimiter is the first character; there are exactly three that are not escaped (RFC 6116 §5.2). */
function partsOf(expression: string): Result<readonly [ere: string, replacement: string, flags: string], string> {
  if (!/^[\x20-\x7e]*$/.test(expression)) return fail('not ASCII');
  const delimiter = expression.charAt(0);
  if (delimiter === '' || /[1-9iI\\]/.test(delimiter)) return fail('no delimiter');
  const parts: string[] = [];
  let part = '';
  for (let at = 1; at < expression.length; at += 1) {
    const char = expression.charAt(at);
    if (char === '\\') {
      at += 1;
      part += char + expression.charAt(at);
    } else if (char === delimiter) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  const [ere, replacement] = parts;
  if (parts.length !== 2 || ere === undefined || replacement === undefined) return fail('not three delimiters');
  return ok([ere, replacement, part]);
}

/** Backreferences `\1` to `\9` give way to their groups, any other escaped character to itself. */
function replaced(replacement: string, groups: readonly (string | undefined)[]): Result<string, string> {
  let result = '';
  for (let at = 0; at < replacement.length; at += 1) {
    const char = replacement.charAt(at);
    if (char !== '\\') result += char;
    else {
      at += 1;
      const escaped = replacement.charAt(at);
      if (!/[1-9]/.test(escaped)) result += escaped;
      else if (Number(escaped) < groups.length) result += groups[Number(escaped)] ?? '';
      else return fail('no such group');
    }
    if (result.length > limits.enumUriBytesMax) return fail('result too long');
  }
  return ok(result);
}
