import type { Seconds } from '../kernel/clock.ts';
import { seconds } from '../kernel/clock.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { badEvent, badRequest, intervalTooBrief, notAcceptable, unsupportedMediaType } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { chooseMediaType } from '../sip-stack/wire/accept.ts';
import { parseContacts } from '../sip-stack/wire/contact.ts';
import { parseEvent } from '../sip-stack/wire/event.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { parseDeltaSeconds } from '../sip-stack/wire/values.ts';
import type { EventPackage, EventPackages } from './package.ts';
import { eventKeyOf } from './subscription.ts';

/** What a SUBSCRIBE asks for, read and judged without looking at any state. */
export interface SubscribeRequest {
  readonly eventPackage: EventPackage;
  readonly eventKey: string;
  /** As written: echoed in each NOTIFY. */
  readonly eventValue: string;
  /** URI of the Contact. */
  readonly target: string;
  /** Granted lifetime; 0 to fetch or to unsubscribe. */
  readonly expires: Seconds;
  readonly contentType: string;
}

export interface ExpiresBounds {
  readonly subscriptionExpiresMin: Seconds;
  readonly subscriptionExpiresMax: Seconds;
}

/** One hour: only what is shorter may be called too brief (RFC 6665 §4.2.1.1). */
const briefMax = seconds(3600);

export function readSubscribe(
  request: SipRequest,
  packages: EventPackages,
  allowEvents: readonly string[],
  bounds: ExpiresBounds,
): Result<SubscribeRequest, Refusal> {
  const { headers } = request;
  const eventValue = headers.first('event');
  // Without Event it would be PINT, which we do not speak (RFC 6665 §4.2.3).
  if (eventValue === undefined) return fail(badEvent(allowEvents));
  const event = parseEvent(eventValue);
  if (!event.ok || hasControls(eventValue)) return fail(badRequest('Bad Event Header'));
  if (!isEchoable(request)) return fail(badRequest('Control Character In Header'));
  const eventPackage = packages.find(event.value.name);
  if (eventPackage === undefined) return fail(badEvent(allowEvents));

  const target = readTarget(request);
  if (!target.ok) return target;
  const expires = readExpires(headers.first('expires'), eventPackage, bounds);
  if (!expires.ok) return expires;
  const contentType = readAccept(request, eventPackage);
  if (!contentType.ok) return contentType;
  if (mustReadBody(request)) return fail(unsupportedMediaType([]));
  return ok({
    eventPackage,
    eventKey: eventKeyOf(eventPackage, event.value.id),
    eventValue,
    target: target.value,
    expires: expires.value,
    contentType: contentType.value,
  });
}

/** SUBSCRIBE makes a dialog, so it has exactly one Contact with a SIP URI (RFC 3261 §12.1.1, RFC 6665 §4.1.2.1). */
function readTarget(request: SipRequest): Result<string, Refusal> {
  const contacts = parseContacts(request.headers);
  if (!contacts.ok) return fail(badRequest('Bad Contact'));
  if (contacts.value === '*') return fail(badRequest('Bad Contact'));
  const [contact, second] = contacts.value;
  if (contact === undefined) return fail(badRequest('Missing Contact'));
  if (second !== undefined) return fail(badRequest('More Than One Contact'));
  const { scheme, text } = contact.uri;
  if ((scheme !== 'sip' && scheme !== 'sips') || hasControls(text)) return fail(badRequest('Bad Contact'));
  return ok(text);
}

/**
 * Chooses the lifetime to grant.
 *
 * @returns seconds at most what was asked; 0 exactly when 0 was asked
 * @fault interval-too-brief when 0 < asked < floor and asked < 1 hour
 * @rfc 6665 §4.2.1.1
 */
function readExpires(
  value: string | undefined,
  eventPackage: EventPackage,
  bounds: ExpiresBounds,
): Result<Seconds, Refusal> {
  const ceiling = bounds.subscriptionExpiresMax;
  // No Expires means the default of the package (RFC 6665 §3.1.1).
  if (value === undefined) return ok(seconds(Math.min(eventPackage.expiresDefault, ceiling)));
  const asked = parseDeltaSeconds(value);
  if (asked === undefined) return fail(badRequest('Bad Expires'));
  if (asked > 0 && asked < briefMax && asked < bounds.subscriptionExpiresMin) {
    return fail(intervalTooBrief(bounds.subscriptionExpiresMin));
  }
  return ok(seconds(Math.min(asked, ceiling)));
}

/** The body type: the package's default without Accept, 406 when none of ours is named (RFC 6665 §4.1.2.1, §3.1.3). */
function readAccept(request: SipRequest, eventPackage: EventPackage): Result<string, Refusal> {
  const { notifyBodies } = eventPackage;
  const accept = request.headers.all('accept');
  const chosen = accept.length === 0 ? notifyBodies[0] : chooseMediaType(notifyBodies, accept);
  return chosen === undefined ? fail(notAcceptable(notifyBodies)) : ok(chosen);
}

/** No body is understood yet; one that may be ignored says so (RFC 3261 §20.11, handling=optional). */
function mustReadBody(request: SipRequest): boolean {
  if (request.body.length === 0) return false;
  const disposition = request.headers.first('content-disposition');
  return disposition === undefined || !/;\s*handling\s*=\s*"?optional"?\s*(?:;|$)/i.test(disposition);
}

/** What our NOTIFYs will repeat (RFC 3261 §12.1.1) is written as it is: nothing in it may begin a line of its own. */
const isEchoable = ({ headers, from, to, callId }: SipRequest): boolean =>
  !hasControls(callId) &&
  !hasControls(from.tag ?? '') &&
  !hasControls(from.uri.text) &&
  !hasControls(to.uri.text) &&
  !headers.all('record-route').some(hasControls);

/** Text with control characters is not echoed into our own messages. */
function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code < 32 && code !== 9) || code === 127) return true;
  }
  return false;
}
