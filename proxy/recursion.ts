import { withHeader } from '../sip-stack/wire/build.ts';
import { parseContacts } from '../sip-stack/wire/contact.ts';
import type { SipResponse } from '../sip-stack/wire/message.ts';
import type { NameAddr } from '../sip-stack/wire/name-addr.ts';
import { nameAddrToText } from '../sip-stack/wire/name-addr.ts';
import type { TargetQueue } from './target-queue.ts';

/**
 * Adds the contacts of a 3xx to the targets (RFC 3261 §16.7 step 4).
 *
 * @param onlySecure  the request was for a SIPS URI: others are not tried
 * @returns the response with the contacts that are not tried here; undefined when all are
 */
export function withoutTried(response: SipResponse, onlySecure: boolean, queue: TargetQueue): SipResponse | undefined {
  const contacts = parseContacts(response.headers);
  if (!contacts.ok || contacts.value === '*' || contacts.value.length === 0) return response;
  const left: NameAddr[] = [];
  let added = 0;
  for (const contact of contacts.value) {
    const { scheme, text } = contact.uri;
    const canTry = scheme === 'sips' || (scheme === 'sip' && !onlySecure);
    if (!canTry) left.push(contact);
    else if (queue.add({ uri: text, q: qOf(contact), flow: '', path: [], device: '', params: '' })) added += 1;
  }
  if (left.length === 0) return added === 0 ? response : undefined;
  return left.length === contacts.value.length
    ? response
    : withHeader(response, 'Contact', left.map(written).join(', '));
}

/** Preference in thousandths; without one a contact is as good as any (RFC 3261 §20.10). */
function qOf({ params }: NameAddr): number {
  const q = Number(params.get('q') ?? 1);
  return q >= 0 && q <= 1 ? Math.round(q * 1000) : 1000;
}

const written = ({ displayName, uri, params }: NameAddr): string =>
  nameAddrToText({ displayName, uri: uri.text, params });
