import type { Aor } from '../kernel/aor.ts';
import { limits } from '../kernel/limits.ts';
import type { PresenceDocument } from '../pidf/document.ts';
import type { PidfFault } from '../pidf/fault.ts';
import { pidfBytesMax, pidfMediaType, writePidf } from '../pidf/write.ts';
import { badRequest, entityTooLarge, unsupportedMediaType } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { encodeUtf8 } from '../sip-stack/wire/text.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';
import type { Bodies } from './bodies.ts';

/** Whose user a URI names; answered by auth/domains. */
export interface LocalUsers {
  /** The canonical AOR of a URI in a served domain, our own addresses included; undefined for one of elsewhere. */
  localAor(uri: SipUri): Aor | undefined;
}

/** A body as it was published. */
interface Published {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** The bytes, one character each (latin1), when the compositor has them so already. */
  readonly text?: string;
}

/**
 * Makes the check of published presence (RFC 3903 §6 step 5): PIDF in UTF-8, sound by RFC 3863 §4.4, about the very resource
 * it was published for. Differences of scheme (sip, sips, pres), case, escapes and port are none.
 */
export function createBodyCheck(deps: {
  readonly users: LocalUsers;
  readonly bodies: Bodies;
}): (resource: Aor, body: Published) => Refusal | undefined {
  const isAbout = (entity: string, resource: Aor): boolean => {
    if (entity === resource) return true;
    const uri = parseUri(encodeUtf8(entity));
    return uri.ok && deps.users.localAor(uri.value) === resource;
  };

  return (resource, { contentType, bytes, text }) => {
    if (contentType !== pidfMediaType && !isUtf8Pidf(contentType)) return unsupportedMediaType([pidfMediaType]);
    if (bytes.length === 0) return badRequest('Presence Document Is Missing');
    const read = deps.bodies.check(text ?? bytes.toString('latin1'), bytes);
    if (!read.ok) return refusalOf(read.fault);
    if (!isAbout(read.value.entity, resource)) return badRequest('Presence Entity Is Not The Published Resource');
    return isShowable(bytes.length, read.value) ? undefined : entityTooLarge('Presence Document Too Large To Be Shown');
  };
}

/** Whether a watcher can be shown the document when there is nothing else to show: a short one is not written to find out. */
const isShowable = (publishedBytes: number, document: PresenceDocument): boolean =>
  pidfBytesMax(publishedBytes) <= limits.composedBytesMax || writePidf(document).length <= limits.composedBytesMax;

/** A charset other than UTF-8 is a type that we do not take (RFC 7303 §3). */
function isUtf8Pidf(contentType: string): boolean {
  const [type = '', ...params] = contentType.toLowerCase().split(';');
  if (type.trim() !== pidfMediaType) return false;
  const charset = params.map((param) => param.trim()).find((param) => /^charset\s*=/.test(param));
  return charset === undefined || /^charset\s*=\s*"?(?:utf-8|utf8|us-ascii)"?$/.test(charset);
}

function refusalOf({ kind, text }: PidfFault): Refusal {
  switch (kind) {
    case 'too-large':
      return entityTooLarge(`Presence Document Too Large: ${text}`);
    case 'encoding':
      return unsupportedMediaType([`${pidfMediaType};charset=UTF-8`]);
    case 'malformed':
    case 'forbidden':
      return badRequest(`Malformed XML: ${text}`);
    case 'schema':
      return badRequest(`Malformed PIDF: ${text}`);
  }
}
