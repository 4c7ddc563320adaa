import { badRequest, temporarilyUnavailable } from '../../sip-stack/refusals.ts';
import type { ProxyCall, Target } from '../call.ts';
import { createFeatureReader, preferencesOf, preferTargets, withQ } from '../caller-preferences.ts';
import { type Disposition, dispositionOf } from '../disposition.ts';
import type { ProxyStep } from '../step.ts';

/** Chooses among the devices of a user, as the caller wishes and as they can. */
export function createCallerPreferences(config: { readonly callerPreferences: boolean }): ProxyStep {
  const read = createFeatureReader();

  const isTold = ({ incoming: { request } }: ProxyCall): boolean =>
    request.headers.has('accept-contact') || request.headers.has('reject-contact');

  /** Contacts of a 3xx become targets like any other, after the request has passed this step (RFC 3841 §7.2.4). */
  const prefer = (call: ProxyCall, contacts: readonly Target[]): readonly Target[] => {
    if (isTold(call) && !config.callerPreferences) return contacts;
    const preferences = preferencesOf(call.incoming.request);
    return preferences.ok ? preferTargets(preferences.value, contacts, read) : [];
  };

  return {
    name: 'caller-preferences',
    doc:
      'Leaves out the devices that the caller does not want or that cannot serve the method, and orders the others ' +
      '(RFC 3840, RFC 3841 §7).',
    understands: ['pref'],
    run(call) {
      // Only who owns the domain and asked its location service may choose (RFC 3841 §7.2).
      if (call.targets.length === 0 || call.localAor === undefined) return 'next';
      const { request } = call.incoming;
      call.prefer = prefer;
      // One target stays whatever is implied, since nobody else is there to be asked instead.
      if (isTold(call) ? config.callerPreferences : call.targets.length > 1) {
        const preferences = preferencesOf(request);
        if (!preferences.ok) return { reply: badRequest('Too Many Caller Preferences') };
        const before = call.targets.length;
        call.targets = preferTargets(preferences.value, call.targets, read);
        if (call.targets.length < before) call.note(`${String(before - call.targets.length)} left out by preference`);
        if (call.targets.length === 0) return { reply: temporarilyUnavailable() };
      }
      if (config.callerPreferences) heed(call, dispositionOf(request));
      return 'next';
    },
  };
}

/** The directives of RFC 3841 §9.1; `redirect` is heeded by the step of that name, `queue` by whoever is called. */
function heed(call: ProxyCall, wish: Disposition): void {
  if (wish.recurse !== undefined) call.recurse = wish.recurse === 'recurse';
  if (wish.cancel === 'no-cancel') call.cancelOthers = false;
  if (wish.proxy === 'redirect') return;
  if (wish.fork === 'no-fork') call.targets = best(call.targets);
  if (wish.parallel === 'parallel') call.targets = call.targets.map((target) => withQ(target, 1000));
  if (wish.parallel === 'sequential') call.targets = oneAfterAnother(call.targets);
}

/** The device with the highest q, over all of its flows. */
function best(targets: readonly Target[]): readonly Target[] {
  const [first] = [...targets].sort(byQ);
  if (first === undefined) return targets;
  return first.device === '' ? [first] : targets.filter(({ device }) => device === first.device);
}

/** A q of its own for each device, in the order there is. */
function oneAfterAnother(targets: readonly Target[]): readonly Target[] {
  const ranks = new Map<string, number>();
  return [...targets].sort(byQ).map((target, at) => {
    const key = target.device === '' ? ` ${String(at)}` : target.device;
    const rank = ranks.get(key) ?? ranks.size;
    ranks.set(key, rank);
    return withQ(target, 1000 - rank);
  });
}

const byQ = (one: Target, other: Target): number => other.q - one.q;
