import type { Values } from '../../config/section.ts';
import { choice, duration, flag, list } from '../../config/section.ts';

/** The steps in their order, unless `proxy.steps` says otherwise: RFC 3261 §16.3 to §16.6 from top to bottom. */
export const defaultOrder = [
  'hops',
  'loop',
  'proxy-require',
  'admit',
  'tel',
  'aliases',
  'gruu',
  'enum',
  'options',
  'location',
  'caller-preferences',
  'foreign',
  'redirect',
  'stay',
  'identity',
  'privacy',
] as const;

const isStepName = (entry: string): string | undefined =>
  /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(entry)
    ? undefined
    : 'is not the name of a step: write it like caller-preferences';

const isMethod = (entry: string): string | undefined => (/^[A-Z]+$/.test(entry) ? undefined : 'is not a SIP method');

const isDomain = (entry: string): string | undefined =>
  /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/i.test(entry) ? undefined : 'is neither a domain name nor an address';

const isSuffix = (entry: string): string | undefined =>
  entry.length <= 200 && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*$/i.test(entry)
    ? undefined
    : 'is not a domain name: write it like e164.arpa';

/** Settings of the steps; members of the section `proxy`. */
export const stepSettings = {
  steps: list({
    default: defaultOrder,
    min: 1,
    max: 64,
    accepts: 'names of steps',
    check: isStepName,
    doc:
      'What is done with a request, in this order (docs/extend.md lists the steps). A step of an extension that is not named ' +
      'here stands where it asks to stand. hops, loop and admit cannot be left out.',
  }),
  redirects: choice({
    of: ['never', 'when-asked', 'always'],
    default: 'when-asked',
    doc:
      'Whether a request for a user is answered with 302 and his contacts instead of being sent on (RFC 3261 §16.5). ' +
      'when-asked: if a user of ours or a trusted peer asks for it with Request-Disposition: redirect (RFC 3841 §9.1); nobody ' +
      'else learns the addresses of a user this way. Requests to a GRUU and within a dialog are always sent on (RFC 5627 §6.1).',
  }),
  callerPreferences: flag({
    default: true,
    doc:
      'Whether Accept-Contact, Reject-Contact and Request-Disposition choose among the devices of a user (RFC 3841 §7). What a ' +
      'device cannot do at all, by its registration, is considered either way.',
  }),
  recordRoute: choice({
    of: ['always', 'needed', 'never'],
    default: 'always',
    doc:
      'When to stay in the path of a dialog (RFC 3261 §16.6 step 4). needed: when a party can be reached through this server ' +
      'only, by its connection, or by a Path. never: only when a GRUU demands it (RFC 5627 §6.2).',
  }),
  recordRouteMethods: list({
    default: ['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER'],
    max: 16,
    accepts: 'SIP methods',
    check: isMethod,
    doc: 'The methods that begin dialogs (RFC 3261 §12.1, RFC 6665 §4.3).',
  }),
  trustedDomains: list({
    default: [],
    max: 256,
    accepts: 'domain names and addresses',
    check: isDomain,
    doc:
      'Next hops that belong to our trust domain (RFC 3325 §2.3), by the host of the URI a request is sent to: asserted ' +
      'identities are told to them whatever the privacy asked for, and what they assert in responses is believed.',
  }),
  optionsFromRegistration: choice({
    of: ['never', 'when-silent', 'always'],
    default: 'when-silent',
    reload: 'live',
    doc:
      'Whether OPTIONS for a user is answered with what his devices registered (RFC 3840 §9), all of them merged. when-silent: ' +
      'if none of them is reached, or none answers within proxy.optionsPatience; always: without asking them, as RCS wants it. ' +
      'A user who is registered nowhere is 480.',
  }),
  optionsPatience: duration({
    default: 3000,
    min: 500,
    max: 30_000,
    unit: 'milliseconds',
    reload: 'live',
    doc: 'How long the devices of a user may take to answer OPTIONS before that is done for them.',
  }),
  assertIdentity: choice({
    of: ['trusted', 'own', 'all'],
    default: 'own',
    doc:
      'To whom the identity of a user who proved it is told in P-Asserted-Identity, when he did not ask for privacy ' +
      '(RFC 3325 §7). trusted: proxy.trustedDomains; own: those and users of ours; all: everybody.',
  }),
  enumSuffixes: list({
    default: [],
    max: 8,
    accepts: "domain names such as 'e164.arpa'",
    check: isSuffix,
    doc:
      'The trees in which a telephone number that belongs to nobody here is looked up, in this order (RFC 6116); private ones ' +
      'as well as e164.arpa. Empty: ENUM is not used.',
  }),
  enumForAnyone: flag({
    default: false,
    reload: 'live',
    doc:
      'Whether numbers are looked up for callers who have not proved who they are. What is found may be in another domain, so ' +
      'that this server relays for strangers then.',
  }),
} as const;
export type StepsConfig = Values<typeof stepSettings>;
