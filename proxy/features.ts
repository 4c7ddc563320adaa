import { limits } from '../kernel/limits.ts';
import { lower } from '../sip-stack/wire/chars.ts';
import { type Params, paramsBetween } from '../sip-stack/wire/params.ts';
import { sourceOf } from '../sip-stack/wire/source.ts';
import type { WireText } from '../sip-stack/wire/text.ts';

/** A condition on the value of one feature tag (RFC 2533 §4.1, RFC 3841 §8). */
export type Filter =
  /** Compared without case; booleans are TRUE and FALSE. */
  | { readonly kind: 'token'; readonly value: string; readonly negated: boolean }
  /** Compared with case. */
  | { readonly kind: 'string'; readonly value: string; readonly negated: boolean }
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly negated: boolean };

/** A feature set: a conjunction of terms, one for each feature tag, each a disjunction of filters (RFC 3840 §5). */
export type FeatureSet = ReadonlyMap<string, readonly Filter[]>;

/** Tags that stand in headers without a plus sign and whose name begins with `sip.` (RFC 3841 §8). */
const baseTags: ReadonlySet<string> = new Set([
  'audio',
  'automata',
  'class',
  'duplex',
  'data',
  'control',
  'mobility',
  'description',
  'events',
  'priority',
  'methods',
  'schemes',
  'application',
  'video',
  'actor',
  'isfocus',
  'extensions',
  'text',
]);

/** The two that stand there without a plus sign and are of another tree. */
const treelessTags: ReadonlySet<string> = new Set(['language', 'type']);

/**
 * The feature set that header parameters state; those that are no feature parameters are left out (RFC 3841 §7.2.1, §7.2.3).
 * Beyond limits.featureValuesMax values the rest is left out too.
 */
export function featuresOf(params: Params): FeatureSet {
  const features = new Map<string, readonly Filter[]>();
  let room: number = limits.featureValuesMax;
  for (const [name, value] of params) {
    const tag = featureTag(name);
    // `+video` beside `video` is illegal and does not count, wherever it stands (RFC 3841 §7.2.3 step 3).
    if (tag === undefined || (name.startsWith('+') && params.has(name.slice(1))) || features.has(tag)) continue;
    const filters = filtersOf(value ?? 'TRUE').slice(0, room);
    if (filters.length === 0) continue;
    room -= filters.length;
    features.set(tag, filters);
  }
  return features;
}

/** The feature set in a text of parameters, each with its `;`; empty when it cannot be read. */
export function featuresIn(text: WireText): FeatureSet {
  if (text === '') return noFeatures;
  const source = sourceOf(text);
  const params = paramsBetween(source, 0, source.bytes.length);
  return params === undefined ? noFeatures : featuresOf(params);
}

export const noFeatures: FeatureSet = new Map();

/** Whether some capability answers both sets: no tag that both name has values that exclude each other (RFC 2533 §4.2). */
export function meets(one: FeatureSet, other: FeatureSet): boolean {
  for (const [tag, filters] of one) {
    const against = other.get(tag);
    if (against !== undefined && !filters.some((filter) => against.some((candidate) => agree(filter, candidate)))) {
      return false;
    }
  }
  return true;
}

/** Whether a header parameter of this name, in lower case, states a feature (RFC 3840 §9). */
export const isFeatureParam = (name: string): boolean => featureTag(name) !== undefined;

/** The feature tag that a header parameter stands for (RFC 3841 §8); `undefined` when it is no feature parameter. */
function featureTag(name: string): string | undefined {
  if (baseTags.has(name)) return `sip.${name}`;
  if (treelessTags.has(name)) return name;
  return name.startsWith('+') && name.length > 1 ? name.slice(1).replaceAll('!', ':').replaceAll("'", '/') : undefined;
}

/** The value of a feature parameter: one string in angle brackets, or a list (RFC 3840 §9). */
function filtersOf(value: string): readonly Filter[] {
  const trimmed = value.trim();
  if (trimmed.startsWith('<') && trimmed.endsWith('>')) return [stringFilter(trimmed, false)];
  return trimmed
    .split(',', limits.featureValuesMax)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(filterOf);
}

function filterOf(text: string): Filter {
  const negated = text.startsWith('!');
  const value = negated ? text.slice(1) : text;
  if (value.startsWith('<') && value.endsWith('>')) return stringFilter(value, negated);
  const range = value.startsWith('#') ? rangeOf(value.slice(1)) : undefined;
  return range === undefined
    ? { kind: 'token', value: lower(value), negated }
    : { kind: 'range', from: range[0], to: range[1], negated };
}

const stringFilter = (text: string, negated: boolean): Filter => ({
  kind: 'string',
  value: text.slice(1, -1),
  negated,
});

/** `>=5`, `<=5`, `=5`, `-4:+5.125`; `undefined` for what is no number. */
function rangeOf(text: string): readonly [from: number, to: number] | undefined {
  const parts = /^(?:(>=|<=|=)?([+-]?\d+(?:\.\d+)?)|([+-]?\d+(?:\.\d+)?):([+-]?\d+(?:\.\d+)?))$/.exec(text);
  if (parts === null) return undefined;
  const [, relation, number, from, to] = parts;
  if (number === undefined) return [Number(from), Number(to)];
  const value = Number(number);
  return [relation === '<=' ? -Infinity : value, relation === '>=' ? Infinity : value];
}

/** Whether some value satisfies both filters. */
function agree(one: Filter, other: Filter): boolean {
  // What is excluded on both sides leaves countless other values.
  if (one.negated && other.negated) return true;
  if (one.kind === 'range' && other.kind === 'range') return rangesAgree(one, other);
  const same = one.kind === other.kind && one.kind !== 'range' && other.kind !== 'range' && one.value === other.value;
  return one.negated || other.negated ? !same : same;
}

type Range = Filter & { readonly kind: 'range' };

function rangesAgree(one: Range, other: Range): boolean {
  if (one.negated) return !within(other, one);
  if (other.negated) return !within(one, other);
  return one.from <= other.to && other.from <= one.to;
}

const within = (inner: Range, outer: Range): boolean => inner.from >= outer.from && inner.to <= outer.to;
