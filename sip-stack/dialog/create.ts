import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { parseContacts } from '../wire/contact.ts';
import type { Headers, SipRequest, SipResponse, WireText } from '../wire/message.ts';
import type { NameAddr } from '../wire/name-addr.ts';
import { parseNameAddrList } from '../wire/name-addr.ts';
import { copyText } from '../wire/text.ts';
import { splitList } from '../wire/values.ts';
import type { Dialog } from './dialog.ts';

/**
 * The dialog that a UAS enters with its 2xx (RFC 3261 §12.1.1). The response must carry `localTag` and a copy of the
 * Record-Route lines (`recordRoute`).
 *
 * @param request  checked by `faultOf`
 * @fault what is wrong with Contact or Record-Route, in words for a 400
 */
export function dialogOfUas(request: SipRequest, localTag: string): Result<Dialog, string> {
  const target = targetOf(request.headers);
  if (!target.ok) return target;
  const route = routeOf(request.headers);
  if (!route.ok) return route;
  return ok({
    callId: copyText(request.callId),
    localTag,
    // A client of RFC 2543 has no From tag: it counts as empty.
    remoteTag: copyText(request.from.tag ?? ''),
    localUri: untagged(request.headers.first('to') ?? '', request.to),
    remoteUri: untagged(request.headers.first('from') ?? '', request.from),
    remoteTarget: target.value,
    routeSet: copyText(route.value.join(', ')),
    localCSeq: 0,
    remoteCSeq: request.cseq.number,
  });
}

/**
 * The dialog that a UAC enters with the response to its request (RFC 3261 §12.1.2).
 *
 * @param response  2xx, or 1xx with a To tag; checked by `faultOf`
 */
export function dialogOfUac(response: SipResponse): Result<Dialog, string> {
  const target = targetOf(response.headers);
  if (!target.ok) return target;
  const route = routeOf(response.headers);
  if (!route.ok) return route;
  return ok({
    callId: copyText(response.callId),
    localTag: copyText(response.from.tag ?? ''),
    remoteTag: copyText(response.to.tag ?? ''),
    localUri: untagged(response.headers.first('from') ?? '', response.from),
    remoteUri: untagged(response.headers.first('to') ?? '', response.to),
    remoteTarget: target.value,
    // The first to record itself was the one nearest to us.
    routeSet: copyText([...route.value].reverse().join(', ')),
    localCSeq: response.cseq.number,
    remoteCSeq: 0,
  });
}

/** Record-Route values for the response of a UAS: all of them, in order (RFC 3261 §12.1.1); '' when there is none. */
export const recordRoute = (request: SipRequest): WireText =>
  request.headers.has('record-route') ? request.headers.all('record-route').join(', ') : '';

/** The one Contact URI that a peer of a dialog must name (RFC 3261 §8.1.1.8), as a text of its own. */
export function targetOf(headers: Headers): Result<string, string> {
  const contacts = parseContacts(headers);
  if (!contacts.ok) return fail('Bad Contact');
  if (contacts.value === '*') return fail('Bad Contact');
  const [contact, ...more] = contacts.value;
  if (contact === undefined) return fail('Missing Contact');
  if (more.length > 0) return fail('More Than One Contact');
  const { scheme, text } = contact.uri;
  return scheme === 'sip' || scheme === 'sips' ? ok(copyText(text)) : fail('Contact Is No SIP URI');
}

function routeOf(headers: Headers): Result<readonly WireText[], string> {
  if (!headers.has('record-route')) return ok([]);
  const lines = headers.all('record-route');
  return parseNameAddrList(lines).ok ? ok(lines.flatMap(splitList)) : fail('Bad Record-Route');
}

/** The name-addr of a From or To value without its parameters, as a text of its own. */
function untagged(value: WireText, { uri }: NameAddr): string {
  const bracketed = `<${uri.text}>`;
  // The last one, since a quoted display name may hold anything.
  const at = value.lastIndexOf(bracketed);
  return at < 0 ? bracketed : copyText(value.slice(0, at + bracketed.length));
}
