import { duration, integer, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { limits } from '../kernel/limits.ts';

export const escSection = section({
  expiresMin: duration({
    default: 60,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'A shorter lifetime of a publication is answered with 423 and this as Min-Expires (RFC 3903 §6 step 4).',
  }),
  expiresMax: duration({
    default: 7200,
    min: 60,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'A longer lifetime of a publication is shortened to this, never refused (RFC 3903 §6 step 4).',
  }),
  bodyBytesMax: integer({
    default: limits.bodyBytesMax,
    min: 1024,
    max: limits.bodyBytesMax,
    unit: 'bytes',
    reload: 'live',
    doc: 'A larger published body is answered with 413.',
  }),
  publicationsPerResourceMax: integer({
    default: limits.publicationsPerResourceMax,
    min: 1,
    max: limits.publicationsPerResourceMax,
    reload: 'live',
    doc: 'Live publications of one resource and package (its devices); one more is answered with 503.',
  }),
});
export type EscConfig = Values<typeof escSection>;
