import type { Brand } from './brand.ts';

/**
 * Address-of-record in canonical form: `sip:user@host`, host in lower case, escapes resolved, no port, no parameters
 * (RFC 3261 §10.3 step 5). Made only by sip-stack/wire/aor.ts and by reading back what was stored.
 */
export type Aor = Brand<string, 'Aor'>;

/** Takes back an AOR that this server wrote itself (a table row, a test); no check is made. */
export const aorFromStore = (text: string): Aor => text as Aor;
