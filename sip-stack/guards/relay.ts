import type { Handler } from '../incoming.ts';
import { forbidden } from '../refusals.ts';

/** What becomes of a request for a domain that is not ours where there is no proxy: 403 (RFC 3261 §16.3, §21.4.4). */
export const relayingDenied: Handler = () => ({ reply: forbidden('Relaying Denied') });
