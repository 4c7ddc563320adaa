import type { Values } from '../config/section.ts';
import { choice, duration, section } from '../config/section.ts';

export const presenceSection = section({
  defaultHandling: choice({
    of: ['allow', 'confirm', 'block'],
    default: 'allow',
    reload: 'live',
    doc:
      'What becomes of a watcher of somebody who has no presence rules: allow shows everything, confirm leaves the ' +
      'subscription pending until the owner decides, block refuses it with 403 (RFC 3856 §6.6.2). One always sees oneself.',
  }),
  unknownUsers: choice({
    of: ['refuse', 'conceal'],
    default: 'refuse',
    reload: 'live',
    doc:
      'What becomes of a subscription to a user of our domain who does not exist: refuse answers 404; conceal treats it ' +
      'as one to a user without rules who is offline, so that nobody can find out who exists.',
  }),
  subscriptionExpiresDefault: duration({
    default: 3600,
    min: 60,
    max: 86_400,
    unit: 'seconds',
    reload: 'live',
    doc: 'Granted when a SUBSCRIBE to presence carries no Expires (RFC 3856 §6.4).',
  }),
  publicationExpiresDefault: duration({
    default: 3600,
    min: 60,
    max: 86_400,
    unit: 'seconds',
    reload: 'live',
    doc: 'Granted when a PUBLISH of presence carries no Expires (RFC 3903 §6 step 4).',
  }),
});
export type PresenceConfig = Values<typeof presenceSection>;
