import type { GuardVerdict } from '../../sip-stack/incoming.ts';
import type { Admit, CredentialsLeft } from '../admit.ts';
import type { ProxyCall } from '../call.ts';
import type { ProxyStep, StepVerdict } from '../step.ts';

/** Asks who sends and whether he may; what is found out becomes the identity of the call. */
export const createAdmit = (admit: Admit, credentialsLeft: CredentialsLeft = () => undefined): ProxyStep => ({
  name: 'admit',
  doc:
    'Asks users of ours to prove themselves (407), refuses what is neither from nor to us (403) and whom the access list ' +
    'shuts out (RFC 3261 §16.3 step 6, §26.3.1.3).',
  run(call) {
    const { uri, route, followsOwnRoute } = call;
    const verdict = admit(call.incoming, { uri, localAor: endsHere(call), route, followsOwnRoute });
    return verdict instanceof Promise
      ? verdict.then((settled) => obey(call, settled, credentialsLeft))
      : obey(call, verdict, credentialsLeft);
  },
});

/**
 * The user of ours that the request ends at. A Route that remains or an `maddr` leads it elsewhere, whatever its Request-URI
 * says (RFC 3261 §16.5): who uses them must be allowed to leave.
 */
const endsHere = ({ uri, localAor, route }: ProxyCall): ProxyCall['localAor'] =>
  route.length > 0 || uri.params.has('maddr') ? undefined : localAor;

function obey(call: ProxyCall, verdict: GuardVerdict, credentialsLeft: CredentialsLeft): StepVerdict {
  if (verdict.kind === 'refuse') return { reply: verdict.refusal };
  if (verdict.identity !== undefined) call.identity = verdict.identity;
  keepCredentials(call, 'proxy-authorization', credentialsLeft);
  keepCredentials(call, 'authorization', credentialsLeft);
  return 'next';
}

/** What was meant for us is nobody else's to see (RFC 3261 §22.3). */
function keepCredentials(call: ProxyCall, header: Parameters<CredentialsLeft>[1], left: CredentialsLeft): void {
  const values = left(call.incoming.request, header);
  if (values === undefined) return;
  if (values.length === 0) call.edits.remove(header);
  else call.edits.replace(header, values);
}
