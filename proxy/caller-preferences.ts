import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { type Params, paramsBetween } from '../sip-stack/wire/params.ts';
import { sourceOf } from '../sip-stack/wire/source.ts';
import { copyText, type WireText } from '../sip-stack/wire/text.ts';
import { splitList } from '../sip-stack/wire/values.ts';
import type { Target } from './call.ts';
import { type FeatureSet, featuresIn, featuresOf, meets } from './features.ts';

/** One value of Accept-Contact (RFC 3841 §9.2). */
export interface AcceptRule {
  readonly features: FeatureSet;
  readonly require: boolean;
  readonly explicit: boolean;
}

/** What the caller wants of the device that is reached (RFC 3841 §5.2). */
export interface CallerPreferences {
  readonly accept: readonly AcceptRule[];
  readonly reject: readonly FeatureSet[];
  /** Told by the caller; otherwise they follow from method and event package (RFC 3841 §7.2.2). */
  readonly told: boolean;
}

/**
 * The preferences of a request: those it states, else those it implies.
 *
 * @fault too-many-rules  more values than limits.callerPreferencesMax (RFC 3841 §11)
 */
export function preferencesOf(request: SipRequest): Result<CallerPreferences, 'too-many-rules'> {
  const { headers } = request;
  if (!headers.has('accept-contact') && !headers.has('reject-contact')) return ok(implied(request));
  const accept = headers.all('accept-contact').flatMap(splitList);
  const reject = headers.all('reject-contact').flatMap(splitList);
  if (accept.length + reject.length > limits.callerPreferencesMax) return fail('too-many-rules');
  return ok({
    accept: accept.flatMap((value) => {
      const params = paramsOfRule(value);
      if (params === undefined) return [];
      return { features: featuresOf(params), require: params.has('require'), explicit: params.has('explicit') };
    }),
    reject: reject.flatMap((value) => {
      const params = paramsOfRule(value);
      return params === undefined ? [] : featuresOf(params);
    }),
    told: true,
  });
}

/** Method and event package, both required and neither explicit (RFC 3841 §7.2.2). */
function implied(request: SipRequest): CallerPreferences {
  const event = request.method === 'SUBSCRIBE' ? request.headers.first('event') : undefined;
  const params = new Map<string, string | undefined>([['methods', request.method]]);
  if (event !== undefined) params.set('events', event.split(';', 1)[0]?.trim());
  return { accept: [{ features: featuresOf(params), require: true, explicit: false }], reject: [], told: false };
}

/** Parameters of a value `*;...`; a value that is malformed is no preference. */
function paramsOfRule(value: WireText): Params | undefined {
  if (!value.startsWith('*')) return undefined;
  const source = sourceOf(value);
  return paramsBetween(source, 1, source.bytes.length);
}

/**
 * How well a device answers the preferences (RFC 3841 §7.2.4): 0 to 1, `Qa`.
 *
 * @param device  what it can do by its registration; empty for one that said nothing, which is immune
 * @returns undefined when the request must not go there
 */
export function scoreOf(preferences: CallerPreferences, device: FeatureSet): number | undefined {
  if (device.size === 0) return 1;
  if (preferences.reject.some((unwanted) => isRejected(unwanted, device))) return undefined;
  // Nothing is wished for: all are alike.
  if (preferences.accept.length === 0) return 1;
  let total = 0;
  let matching = 0;
  for (const rule of preferences.accept) {
    if (!meets(rule.features, device)) {
      if (rule.require) return undefined;
      continue;
    }
    const score = coverage(rule.features, device);
    // Figure 1: what is not fully stated is not good enough for `explicit`.
    if (score < 1 && rule.explicit && rule.require) return undefined;
    matching += 1;
    total += score < 1 && rule.explicit ? 0 : score;
  }
  return matching === 0 ? 0 : total / matching;
}

/** Only a device that names all the tags itself is rejected by them. A value without feature tags rejects nothing. */
function isRejected(unwanted: FeatureSet, device: FeatureSet): boolean {
  if (unwanted.size === 0) return false;
  for (const tag of unwanted.keys()) {
    if (!device.has(tag)) return false;
  }
  return meets(unwanted, device);
}

/** The share of the wished tags that the device names at all. */
function coverage(wished: FeatureSet, device: FeatureSet): number {
  if (wished.size === 0) return 1;
  let named = 0;
  for (const tag of wished.keys()) {
    if (device.has(tag)) named += 1;
  }
  return named / wished.size;
}

/**
 * The targets that remain, best first: by the callee's q, and among equal ones by how well they answer (RFC 3841 §7.2.4).
 * Where the caller told his preferences they also tell equal targets apart: the lesser one gets up to half a thousandth less of
 * q, so that it is tried later and still before whatever the callee likes less, be it a contact that a 3xx brings. What is only
 * implied leaves out the unable and rings the others as the callee said.
 *
 * @param read  remembers what it read, where many requests come by
 */
export function preferTargets(
  preferences: CallerPreferences,
  targets: readonly Target[],
  read: FeatureReader = featuresIn,
): readonly Target[] {
  const scored: { readonly target: Target; readonly score: number }[] = [];
  for (const target of targets) {
    const score = scoreOf(preferences, read(target.params));
    if (score !== undefined) scored.push({ target, score });
  }
  // With nobody left who can do what is only implied, all are asked, and answer 405 or 489 themselves.
  if (scored.length === 0) return preferences.told ? [] : targets;
  scored.sort((one, other) => other.target.q - one.target.q || other.score - one.score);
  if (!preferences.told) return scored.map(({ target }) => target);
  return scored.map(({ target, score }) => withQ(target, target.q - (1 - score) / 2));
}

export const withQ = (target: Target, q: number): Target => (target.q === q ? target : { ...target, q });

/** The feature set in a text of Contact parameters, each with its `;`. */
export type FeatureReader = (params: WireText) => FeatureSet;

/** Reads each text once: devices repeat themselves (limits.sharedTextsMax). */
export function createFeatureReader(): FeatureReader {
  const known = new Map<string, FeatureSet>();
  return (params) => {
    const read = known.get(params);
    if (read !== undefined) return read;
    const features = featuresIn(params);
    if (known.size >= limits.sharedTextsMax) known.clear();
    known.set(copyText(params), features);
    return features;
  };
}
