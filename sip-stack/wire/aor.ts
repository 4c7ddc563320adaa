import type { Aor } from '../../kernel/aor.ts';
import { copyText } from './text.ts';
import type { SipUri } from './uri.ts';
import { escapeUser } from './uri-escapes.ts';

/**
 * The address-of-record that a URI names (RFC 3261 §10.3 step 5): host in lower case, no port, no parameters, escapes
 * resolved and only what needs it escaped again. sips, pres and im name the same person as sip; a tel number stays one.
 */
export function canonicalAor(uri: SipUri): Aor {
  const { rest, user } = uri;
  const text = rest !== undefined ? otherAor(uri.scheme, rest) : user === undefined ? uri.host : sipAor(user, uri.host);
  // Cut after concatenation: the copy pins no message (`copyText`).
  return copyText(rest === undefined ? `sip:${text}` : text) as Aor;
}

const plainUser = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]*$/;

const sipAor = (user: string, host: string): string =>
  plainUser.test(user) ? `${user}@${host}` : `${escapeUser(user)}@${host}`;

/** tel: visual separators and parameters do not tell numbers apart (RFC 3966 §5.1.1); others are kept as written. */
function otherAor(scheme: string, rest: string): string {
  if (scheme !== 'tel') return `${scheme}:${rest}`;
  const number = rest.split(';', 1)[0] ?? '';
  return `tel:${number.replace(/[-.()]/g, '')}`;
}
