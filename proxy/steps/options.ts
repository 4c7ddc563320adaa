import type { Locations } from '../locations.ts';
import type { ProxyStep } from '../step.ts';
import type { UserOptions } from '../user-options.ts';

/** Answers OPTIONS for a user from his registrations, at once or when his devices cannot. */
export const createOptions = (deps: {
  readonly locations: Locations;
  readonly userOptions: UserOptions;
}): ProxyStep => ({
  name: 'options',
  doc:
    'Answers OPTIONS for a user with what his devices registered, all of them merged (RFC 3840 §9): at once, or when none of ' +
    'them answers, as `proxy.optionsFromRegistration` says.',
  run(call) {
    const { incoming, localAor } = call;
    const { request } = incoming;
    const { userOptions } = deps;
    // Within a dialog, and past us by a Route, one device is meant (RFC 3261 §11.2).
    if (request.method !== 'OPTIONS' || request.to.tag !== undefined || call.route.length > 0) return 'next';
    if (userOptions.mode === 'never' || localAor === undefined) return 'next';
    // A GRUU has found its device already.
    const devices = call.targets.length > 0 ? call.targets : deps.locations.targets(localAor);
    // Nothing is known of somebody who is registered nowhere: 480, as an INVITE would get (RFC 3261 §11.2).
    if (devices.length === 0) return 'next';
    if (userOptions.mode === 'always') return { reply: userOptions.answer(localAor, devices) };
    userOptions.keep(incoming, () => userOptions.answer(localAor, devices));
    return 'next';
  },
});
