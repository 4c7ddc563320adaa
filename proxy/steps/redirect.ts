import type { ProxyCall } from '../call.ts';
import { dispositionOf } from '../disposition.ts';
import type { ProxyStep } from '../step.ts';
import type { StepsConfig } from './settings.ts';

/** Tells the caller where the user is instead of going there. */
export const createRedirect = (config: Pick<StepsConfig, 'redirects'>): ProxyStep => ({
  name: 'redirect',
  doc: 'Answers 302 with the contacts where `proxy.redirects` or the caller wants it (RFC 3261 §8.3, RFC 3841 §9.1).',
  run(call) {
    // What is on its way through, to a flow of ours or by a Route, is for others to redirect.
    if (config.redirects === 'never' || call.localAor === undefined || call.targets.length === 0) return 'next';
    if (isForOneDevice(call)) return 'next';
    if (config.redirects === 'always' || isAsked(call)) call.redirect = true;
    return 'next';
  },
});

/** A GRUU and a dialog mean the device they mean (RFC 5627 §6.1). */
const isForOneDevice = ({ uri, incoming }: ProxyCall): boolean =>
  uri.params.has('gr') || incoming.request.to.tag !== undefined;

/** Strangers do not learn addresses by asking. */
const isAsked = ({ identity, incoming }: ProxyCall): boolean =>
  identity.kind !== 'anonymous' && dispositionOf(incoming.request).proxy === 'redirect';
