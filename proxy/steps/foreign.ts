import { notFound, unsupportedUriScheme } from '../../sip-stack/refusals.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import type { ProxyStep } from '../step.ts';

/**
 * Lets a request leave for another domain, where RFC 3263 finds the way. That its sender may do so is the step `admit`'s
 * concern.
 */
export const createForeign = (): ProxyStep => ({
  name: 'foreign',
  doc: 'Sends what is not for a user of ours where its Request-URI says; a number that nobody has is 404 (RFC 3261 §16.5).',
  run(call) {
    // With a Route it goes where that leads.
    if (call.targets.length > 0 || call.route.length > 0) return 'next';
    const { uri } = call;
    if (uri.scheme === 'sip' || uri.scheme === 'sips') return 'next';
    if (uri.scheme === 'tel') return { reply: notFound('No Route To Number') };
    const isPerson = (uri.scheme === 'im' || uri.scheme === 'pres') && uri.user !== undefined;
    // An im or pres URI names the same person as the SIP URI of the same form (RFC 3428 §5, RFC 3856 §5).
    const sip = isPerson ? parseUri(`sip${uri.text.slice(uri.scheme.length)}`) : undefined;
    if (sip?.ok !== true) return { reply: unsupportedUriScheme() };
    call.uri = sip.value;
    return 'next';
  },
});
