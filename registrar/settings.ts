import { choice, duration, integer, list, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { limits } from '../kernel/limits.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';

/** A value of Service-Route has to be a loose route (RFC 3608 §6.3). */
const isLooseRoute = (entry: string): string | undefined => {
  const uri = parseUri(entry);
  const { ok } = uri;
  const isSip = ok && (uri.value.scheme === 'sip' || uri.value.scheme === 'sips');
  return isSip && uri.value.params.has('lr') ? undefined : "is not a route: write it like 'sip:sip.example.org;lr'";
};

export const registrarSection = section({
  expiresDefault: duration({
    default: 3600,
    min: 60,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'Lifetime of a binding when REGISTER asks for none (RFC 3261 §10.3 step 7).',
  }),
  expiresMin: duration({
    default: 60,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'A shorter lifetime is answered with 423 and this as Min-Expires (RFC 3261 §10.3 step 7).',
  }),
  expiresMax: duration({
    default: 7200,
    min: 3600,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc: 'A longer lifetime is shortened to this, never refused (RFC 3261 §10.3 step 7).',
  }),
  contactsPerAorMax: integer({
    default: limits.contactsPerAorMax,
    min: 1,
    max: limits.contactsPerAorMax,
    reload: 'live',
    doc: 'Contacts that one address-of-record may have at once; one more is answered with 403.',
  }),
  nat: choice({
    of: ['auto', 'always', 'never'],
    default: 'auto',
    reload: 'live',
    doc:
      'When requests to a contact go over the flow it was registered from instead of to its address. auto: over a connection ' +
      'always, over UDP when the Contact names another address than the one the REGISTER came from. never: only where ' +
      'nothing else can work, which is with outbound (RFC 5626), over WebSocket and with a .invalid Contact.',
  }),
  flowTimer: duration({
    default: 120,
    min: 0,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc:
      'Flow-Timer told to clients that register with outbound: how often they keep their flow alive (RFC 5626 §4.4). Less ' +
      'than the idle timeout of connections. 0 tells none.',
  }),
  pathUnsupported: choice({
    of: ['refuse', 'accept'],
    default: 'refuse',
    reload: 'live',
    doc: 'What becomes of a REGISTER with a Path when the client does not say that it supports it: 420, or taken (RFC 3327 §5.3).',
  }),
  serviceRoute: list({
    default: [],
    max: 8,
    accepts: "loose routes such as 'sip:sip.example.org;lr'",
    check: isLooseRoute,
    doc: 'Service-Route told to clients that register: the way their requests take (RFC 3608 §6.3).',
  }),
  pingMethod: choice({
    of: ['options', 'crlf', 'none'],
    default: 'options',
    reload: 'live',
    doc:
      'How UDP contacts behind address translation are kept reachable: OPTIONS, an empty datagram (CRLF CRLF), or not at all. ' +
      'Clients with outbound do it themselves and are left alone.',
  }),
  pingInterval: duration({
    default: 30,
    min: 5,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'Time between two pings of one contact; those of all contacts are spread over it.',
  }),
  pingFailuresMax: integer({
    default: 3,
    min: 0,
    max: 100,
    reload: 'live',
    doc:
      'A contact that leaves so many OPTIONS in a row unanswered is removed, if it has answered one before and has not ' +
      'registered anew since. 0 never removes one.',
  }),
});
export type RegistrarConfig = Values<typeof registrarSection>;
