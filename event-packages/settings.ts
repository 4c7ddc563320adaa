import type { Values } from '../config/section.ts';
import { duration, list, section } from '../config/section.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';

const isAddress = (entry: string): string | undefined => {
  const uri = parseUri(entry);
  return uri.ok && uri.value.scheme === 'sip' && uri.value.user !== undefined
    ? undefined
    : "is not an address: write it like 'sip:admin@example.org'";
};

/** The reg event package: registrations as others see them (RFC 3680). */
export const regSection = section({
  subscriptionExpiresDefault: duration({
    default: 3761,
    min: 60,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'Granted when SUBSCRIBE carries no Expires: a little longer than registrations live (RFC 3680 §4.4).',
  }),
  watchers: list({
    default: [],
    max: 64,
    accepts: "addresses such as 'sip:admin@example.org'",
    check: isAddress,
    reload: 'live',
    doc:
      'Who may watch the registrations of everybody, besides each user his own: administrators, and application servers ' +
      'that are trusted peers, by the address in From (RFC 3680 §4.6).',
  }),
});
export type RegConfig = Values<typeof regSection>;
