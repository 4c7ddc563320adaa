import { limits } from '../kernel/limits.ts';
import { lower } from '../sip-stack/wire/chars.ts';
import { paramsBetween } from '../sip-stack/wire/params.ts';
import { sourceOf } from '../sip-stack/wire/source.ts';
import { isFeatureParam } from './features.ts';

/** Feature parameters by name in lower case; `true` for one without value, a string in angle brackets, or a list of values. */
export type MergedFeatures = ReadonlyMap<string, true | readonly string[]>;

/** Tells which device it is, not what it can do (RFC 5626 §4.1); a user as a whole is none. */
const notShared: ReadonlySet<string> = new Set(['+sip.instance']);

/**
 * What the devices of a user can do between them: the union of their feature parameters (RFC 3840 §5, §9).
 *
 * - A boolean is there when one device has it.
 * - Of a list every value is there that one device names, compared without case and in the order met; an excluded one (`!x`)
 *   gives way to a device that has it.
 * - A string (`<...>`) stands alone: that of the first device counts.
 *
 * @param devices Contact parameters as registered, each with its `;`; the best-liked device first. What cannot be read is left out
 */
export function mergeFeatures(devices: readonly string[]): MergedFeatures {
  const merged = new Map<string, true | readonly string[]>();
  let room: number = limits.featureValuesMax;
  for (const device of devices) {
    const source = sourceOf(device);
    for (const [name, value] of paramsBetween(source, 0, source.bytes.length) ?? []) {
      if (!isFeatureParam(name) || notShared.has(name) || room <= 0) continue;
      room -= 1;
      merged.set(name, united(merged.get(name), valuesOf(value)));
    }
  }
  return merged;
}

/** The parameters as text, each with its `;`. */
export function featuresText(features: MergedFeatures): string {
  let text = '';
  for (const [name, values] of features) text += values === true ? `;${name}` : `;${name}="${values.join(',')}"`;
  return text;
}

/** The values of one feature that are there; excluded ones are not. */
export function valuesNamed(features: MergedFeatures, name: string): readonly string[] {
  const values = features.get(name);
  return values === undefined || values === true ? [] : values.filter((value) => !value.startsWith('!'));
}

function valuesOf(value: string | undefined): true | readonly string[] {
  const text = value?.trim() ?? 'TRUE';
  if (lower(text) === 'true') return true;
  if (text.startsWith('<')) return [escaped(text)];
  return text
    .split(',', limits.featureValuesMax)
    .map((part) => escaped(part.trim()))
    .filter((part) => part !== '');
}

/** Params are unquoted when read. */
const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&');

function united(one: true | readonly string[] | undefined, other: true | readonly string[]): true | readonly string[] {
  if (one === undefined) return other;
  if (one === true || other === true) return true;
  if (one.some(isString) || other.some(isString)) return one;
  const known = new Set(one.map(lower));
  const both = [...one, ...other.filter((value) => !known.has(lower(value)))].slice(0, limits.featureValuesMax);
  const all = new Set(both.map(lower));
  return both.filter((value) => !value.startsWith('!') || !all.has(lower(value.slice(1))));
}

const isString = (value: string): boolean => value.startsWith('<');
