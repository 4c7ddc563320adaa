import { type Seconds, seconds } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import {
  badRequest,
  entityTooLarge,
  intervalTooBrief,
  unsupportedContentEncoding,
  unsupportedMediaType,
} from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { Headers, SipRequest } from '../sip-stack/wire/message.ts';
import { parseDeltaSeconds } from '../sip-stack/wire/values.ts';
import type { PublishedBody, PublishedPackage } from './package-port.ts';
import type { EscConfig } from './settings.ts';
import type { Publication } from './tables.ts';

/**
 * The four operations, told apart once, by the precondition, the lifetime and the body (RFC 3903 §4.1, table 1). A remove
 * may carry a body: it is not looked at, since nothing of such a request is stored (RFC 3903 §6 step 5).
 */
export type Publish =
  | { readonly kind: 'initial'; readonly body: PublishedBody; readonly expires: Seconds }
  | { readonly kind: 'refresh'; readonly was: Publication; readonly expires: Seconds }
  | { readonly kind: 'modify'; readonly was: Publication; readonly body: PublishedBody; readonly expires: Seconds }
  | { readonly kind: 'remove'; readonly was: Publication };

/**
 * Tells the operation (RFC 3903 §6 steps 4 and 5).
 *
 * @param was  the publication that SIP-If-Match names; undefined when the header is absent
 */
export function readPublish(
  request: SipRequest,
  was: Publication | undefined,
  publication: NonNullable<PublishedPackage['publication']>,
  config: EscConfig,
): Result<Publish, Refusal> {
  const expires = readExpires(request.headers, publication.expiresDefault, config);
  if (!expires.ok) return expires;
  if (expires.value === 0) {
    // There is nothing to remove, and nothing may be stored (RFC 3903 §4.1, §6 step 5).
    return was === undefined ? fail(badRequest('Initial Publication With Expires 0')) : ok({ kind: 'remove', was });
  }
  if (request.body.length === 0) {
    if (was === undefined) return fail(badRequest('Initial Publication Without Body'));
    return ok({ kind: 'refresh', was, expires: expires.value });
  }
  const body = readBody(request, publication.bodies, config);
  if (!body.ok) return body;
  if (was === undefined) return ok({ kind: 'initial', body: body.value, expires: expires.value });
  return ok({ kind: 'modify', was, body: body.value, expires: expires.value });
}

/** The lifetime granted: never longer than asked for (RFC 3903 §6 step 4). */
function readExpires(headers: Headers, byDefault: Seconds, config: EscConfig): Result<Seconds, Refusal> {
  const written = headers.first('expires');
  const asked = written === undefined ? byDefault : parseDeltaSeconds(written);
  if (asked === undefined) return fail(badRequest('Bad Expires'));
  if (asked > 0 && asked < config.expiresMin) return fail(intervalTooBrief(config.expiresMin));
  return ok(seconds(Math.min(asked, config.expiresMax)));
}

/** The body, when it is of a size, coding and type that the package takes (RFC 3903 §6 step 5, RFC 3261 §8.2.3). */
function readBody(
  { headers, body }: SipRequest,
  types: readonly string[],
  config: EscConfig,
): Result<PublishedBody, Refusal> {
  if (body.length > config.bodyBytesMax) return fail(entityTooLarge());
  const coding = headers.first('content-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    return fail(unsupportedContentEncoding(['identity']));
  const written = headers.first('content-type');
  if (written === undefined) return fail(badRequest('Body Without Content-Type'));
  const semicolon = written.indexOf(';');
  const type = (semicolon < 0 ? written : written.slice(0, semicolon)).trim().toLowerCase();
  if (!types.includes(type)) return fail(unsupportedMediaType(types));
  return ok({
    contentType: semicolon < 0 ? type : type + written.slice(semicolon),
    bytes: body,
    text: body.toString('latin1'),
  });
}
