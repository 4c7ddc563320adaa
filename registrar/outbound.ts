import { fail, ok, type Result } from '../kernel/result.ts';
import { isFirstHop } from '../sip-stack/flow-to-keep.ts';
import { badRequest, firstHopLacksOutbound } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { Headers, WireText } from '../sip-stack/wire/message.ts';
import type { AskedContact } from './asked-contact.ts';
import { comesFromOutboundEdge, supports } from './path.ts';

/** The contacts with the `reg-id` that counts, and whether the client is told that the rules of outbound held. */
export interface OutboundContacts {
  readonly contacts: readonly AskedContact[];
  /** `Require: outbound` in the 200. */
  readonly outbound: boolean;
  /** Whether the client's own flow ends here: it is kept with the binding (RFC 5626 §6). */
  readonly direct: boolean;
}

/**
 * Judges the `reg-id` of the contacts (RFC 5626 §6): one without instance is ignored; all are when the first hop does not
 * support outbound.
 *
 * @fault 439 when they would be ignored though the client asks for outbound; 400 for several contacts of which one has it
 */
export function judgeOutbound(
  headers: Headers,
  contacts: readonly AskedContact[],
  path: WireText,
): Result<OutboundContacts, Refusal> {
  if (!contacts.some(hasFlow)) return ok(notOutbound(contacts));
  const supported = supports(headers, 'outbound');
  const direct = isFirstHop(headers);
  if (!direct && !comesFromOutboundEdge(path)) {
    return supported ? fail(firstHopLacksOutbound()) : ok(notOutbound(contacts));
  }
  // One flow leads to one instance: other contacts may only be removed beside it.
  if (contacts.filter(({ expires }) => expires > 0).length > 1) return fail(badRequest('Several Contacts With reg-id'));
  return ok({ contacts: contacts.map((each) => (hasFlow(each) ? each : ignored(each))), outbound: supported, direct });
}

const hasFlow = ({ instance, regId }: AskedContact): boolean => regId !== null && instance !== null;

const ignored = (contact: AskedContact): AskedContact =>
  contact.regId === null ? contact : { ...contact, regId: null };

const notOutbound = (contacts: readonly AskedContact[]): OutboundContacts => ({
  contacts: contacts.some(({ regId }) => regId !== null) ? contacts.map(ignored) : contacts,
  outbound: false,
  direct: false,
});
