import { withHeader } from '../sip-stack/wire/build.ts';
import { parseContacts } from '../sip-stack/wire/contact.ts';
import type { SipResponse, WireText } from '../sip-stack/wire/message.ts';
import type { NameAddr } from '../sip-stack/wire/name-addr.ts';
import { nameAddrToText } from '../sip-stack/wire/name-addr.ts';
import { paramToText } from '../sip-stack/wire/params.ts';
import type { ProxyCall, Target } from './call.ts';
import type { TargetQueue } from './target-queue.ts';

/**
 * Adds the contacts of a 3xx to the targets (RFC 3261 §16.7 step 4), as far as the caller wants them (RFC 3841 §7.2.4).
 *
 * @returns the response with the contacts that are not tried here; undefined when all are
 */
export function withoutTried(response: SipResponse, call: ProxyCall, queue: TargetQueue): SipResponse | undefined {
  const contacts = parseContacts(response.headers);
  if (!contacts.ok || contacts.value === '*' || contacts.value.length === 0) return response;
  // Of a request for a SIPS URI nothing else is tried.
  const onlySecure = call.incoming.uri.scheme === 'sips';
  const targets = contacts.value
    .filter(({ uri: { scheme } }) => scheme === 'sips' || (scheme === 'sip' && !onlySecure))
    .map(targetOf);
  const tried = new Set<WireText>();
  let added = 0;
  for (const target of call.prefer?.(call, targets) ?? targets) {
    tried.add(target.uri);
    if (queue.add(target)) added += 1;
  }
  const left = contacts.value.filter(({ uri }) => !tried.has(uri.text));
  if (left.length === 0) return added === 0 ? response : undefined;
  return left.length === contacts.value.length
    ? response
    : withHeader(response, 'Contact', left.map(written).join(', '));
}

const targetOf = (contact: NameAddr): Target => ({
  uri: contact.uri.text,
  q: qOf(contact),
  flow: '',
  path: [],
  device: '',
  params: [...contact.params].map(([name, value]) => (name === 'q' ? '' : paramToText(name, value))).join(''),
});

/** Preference in thousandths; without one a contact is as good as any (RFC 3261 §20.10). */
function qOf({ params }: NameAddr): number {
  const q = Number(params.get('q') ?? 1);
  return q >= 0 && q <= 1 ? Math.round(q * 1000) : 1000;
}

const written = ({ displayName, uri, params }: NameAddr): string =>
  nameAddrToText({ displayName, uri: uri.text, params });
