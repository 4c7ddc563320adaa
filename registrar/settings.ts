import { duration, integer, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { limits } from '../kernel/limits.ts';

export const registrarSection = section({
  expiresDefault: duration({
    default: 3600,
    min: 60,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'Lifetime of a binding when REGISTER asks for none (RFC 3261 §10.3 step 7).',
  }),
  expiresMin: duration({
    default: 60,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'A shorter lifetime is answered with 423 and this as Min-Expires (RFC 3261 §10.3 step 7).',
  }),
  expiresMax: duration({
    default: 7200,
    min: 3600,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'A longer lifetime is shortened to this, never refused (RFC 3261 §10.3 step 7).',
  }),
  contactsPerAorMax: integer({
    default: limits.contactsPerAorMax,
    min: 1,
    max: limits.contactsPerAorMax,
    reload: 'live',
    doc: 'Contacts that one address-of-record may have at once; one more is answered with 403.',
  }),
});
export type RegistrarConfig = Values<typeof registrarSection>;
