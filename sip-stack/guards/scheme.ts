import { unsupportedUriScheme } from '../refusals.ts';
import type { Refusal } from '../reply.ts';
import type { SipUri } from '../wire/uri.ts';

/** Schemes of a Request-URI that name a user of a SIP server (RFC 3261 §19.1, RFC 3859, RFC 3860, RFC 3966). */
export const userSchemes: ReadonlySet<string> = new Set(['sip', 'sips', 'pres', 'im', 'tel']);

/** 416 for a Request-URI of a scheme that we do not know (RFC 3261 §8.2.2.1). */
export function refuseScheme(uri: SipUri, schemes: ReadonlySet<string>): Refusal | undefined {
  return schemes.has(uri.scheme) ? undefined : unsupportedUriScheme();
}
