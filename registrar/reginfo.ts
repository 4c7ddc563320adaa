import type { Instant } from '../kernel/clock.ts';
import { secondsUntil } from '../kernel/clock.ts';
import { parseNameAddr } from '../sip-stack/wire/name-addr.ts';
import { decodeUtf8 } from '../sip-stack/wire/text.ts';
import type { XmlAttribute, XmlElement } from '../xml/element.ts';
import { attribute } from '../xml/element.ts';
import { createXmlWriter } from '../xml/write.ts';
import type { ContactGruus, RegistrationState } from './registrations.ts';
import type { Binding } from './tables.ts';

const reginfoNamespace = 'urn:ietf:params:xml:ns:reginfo';
const gruuNamespace = 'urn:ietf:params:xml:ns:gruuinfo';

/** Media type of what `writeReginfo` writes (RFC 3680 §4.5). */
export const reginfoMediaType = 'application/reginfo+xml';

const write = createXmlWriter({ default: reginfoNamespace, fixed: new Map([[gruuNamespace, 'gr']]) });

/** A contact as it stands in the document, with what its life has come to. */
export interface ReginfoContact {
  readonly binding: Binding;
  /** Event of the contact's state machine that led to its state (RFC 3680 §4.7.1). */
  readonly event: string;
  readonly state: 'active' | 'terminated';
  readonly gruus: ContactGruus | undefined;
}

/** What a watcher is told: the contacts there are, and those that ended a moment ago. */
export function contactsOf(
  { bindings, departures }: RegistrationState,
  gruusOf: (binding: Binding) => ContactGruus | undefined,
): readonly ReginfoContact[] {
  const contacts: ReginfoContact[] = [];
  for (const binding of bindings) {
    const event = binding.refreshedAt > binding.registeredAt ? 'refreshed' : 'registered';
    contacts.push({ binding, event, state: 'active', gruus: gruusOf(binding) });
  }
  for (const { binding, event } of departures) contacts.push({ binding, event, state: 'terminated', gruus: undefined });
  return contacts;
}

/**
 * Writes a full registration information document (RFC 3680 §5.1, RFC 5628 §5).
 *
 * @param id  of the registration: the same in all documents of a subscription
 * @param version  its text
 */
export function writeReginfo(
  registration: { readonly aor: string; readonly id: string; readonly at: Instant; readonly version: string },
  contacts: readonly ReginfoContact[],
): string {
  const { aor, id, at, version } = registration;
  const children = contacts.map((contact) => contactElement(contact, at));
  const attributes = [
    attribute('', 'aor', decodeUtf8(aor)),
    attribute('', 'id', id),
    attribute('', 'state', stateOf(contacts)),
  ];
  return write(
    made(
      reginfoNamespace,
      'reginfo',
      [made(reginfoNamespace, 'registration', children, attributes)],
      [attribute('', 'version', version), attribute('', 'state', 'full')],
    ),
  );
}

/** Of the registration: `terminated` only while it is told of its last contact (RFC 3680 §4.7.1). */
function stateOf(contacts: readonly ReginfoContact[]): string {
  if (contacts.some(({ state }) => state === 'active')) return 'active';
  return contacts.length === 0 ? 'init' : 'terminated';
}

function contactElement({ binding, event, state, gruus }: ReginfoContact, at: Instant): XmlElement {
  const { id, contact, q, callId, cseq, params } = binding;
  const attributes = [
    attribute('', 'id', id),
    attribute('', 'state', state),
    attribute('', 'event', event),
    attribute('', 'duration-registered', String(Math.max(0, Math.floor((at - binding.registeredAt) / 1000)))),
  ];
  if (state === 'active') {
    attributes.push(attribute('', 'expires', String(secondsUntil(at, binding.expiresAt as Instant))));
  }
  if (q !== null) attributes.push(attribute('', 'q', String(q / 1000)));
  attributes.push(attribute('', 'callid', decodeUtf8(callId)), attribute('', 'cseq', String(cseq)));
  const uri = made(reginfoNamespace, 'uri', [decodeUtf8(contact)]);
  return made(reginfoNamespace, 'contact', [uri, ...unknownParams(params), ...gruuElements(gruus)], attributes);
}

/** The contact parameters that RFC 3261 does not define, each as it would stand in the header (RFC 3680 §5.1). */
function unknownParams(params: string): readonly XmlElement[] {
  if (params === '') return [];
  const read = parseNameAddr(`<sip:x>${params}`);
  if (!read.ok) return [];
  return Array.from(read.value.params, ([name, value]) =>
    made(reginfoNamespace, 'unknown-param', value === undefined ? [] : [decodeUtf8(valueText(value))], [
      attribute('', 'name', decodeUtf8(name)),
    ]),
  );
}

/** A value that needs quotes in the header keeps them (RFC 5628 §7). */
const valueText = (value: string): string =>
  /^[\w.!%*+`'~-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;

function gruuElements(gruus: ContactGruus | undefined): readonly XmlElement[] {
  if (gruus === undefined) return [];
  const elements = [made(gruuNamespace, 'pub-gruu', [], [attribute('', 'uri', decodeUtf8(gruus.publicGruu))])];
  const { temporary } = gruus;
  if (temporary !== undefined) {
    const attributes = [
      attribute('', 'uri', decodeUtf8(temporary.gruu)),
      attribute('', 'first-cseq', String(temporary.firstCSeq)),
    ];
    elements.push(made(gruuNamespace, 'temp-gruu', [], attributes));
  }
  return elements;
}

const made = (
  namespace: string,
  local: string,
  children: readonly (XmlElement | string)[],
  attributes: readonly XmlAttribute[] = [],
): XmlElement => ({ namespace, local, prefix: '', attributes, children, offset: -1, scope: undefined });
