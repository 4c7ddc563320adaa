import type { SipRequest, SipResponse, WireText } from '../../sip-stack/wire/message.ts';
import { parseNameAddrList } from '../../sip-stack/wire/name-addr.ts';
import type { Aor } from '../../kernel/aor.ts';
import { canonicalAor } from '../../sip-stack/wire/aor.ts';
import type { Aliases } from '../aliases.ts';
import type { HeaderEdits, ProxyCall } from '../call.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';
import { ofStranger } from '../stranger.ts';
import type { Audience } from './audience.ts';
import { privacyOf } from './privacy-values.ts';
import type { StepsConfig } from './settings.ts';

const asserted = 'p-asserted-identity';
const preferred = 'p-preferred-identity';

/**
 * Asserts who sends, to those who may know it, and believes only trusted peers who assert it (RFC 3325 §5).
 *
 * @param audience  who hears the request
 */
export function createIdentity(
  deps: { readonly aliases: Aliases; readonly domains: OwnDomains; readonly audience: (call: ProxyCall) => Audience },
  config: Pick<StepsConfig, 'assertIdentity'>,
): ProxyStep {
  return {
    name: 'identity',
    doc:
      'Adds P-Asserted-Identity for users who proved themselves, towards those who may know it, and takes it away where it ' +
      'cannot be believed or must not be told (RFC 3325 §5, §7).',
    run(call) {
      const { request } = call.incoming;
      const { method, headers } = request;
      // It has no meaning in ACK and CANCEL (RFC 3325 §9.1, RFC 5876 §3.2).
      if (method === 'ACK' || method === 'CANCEL') return 'next';
      const isBelieved = call.identity.kind === 'trusted-peer';
      const hearer = deps.audience(call);
      const isTold = mayBeTold(request, hearer, config.assertIdentity);
      if (headers.has(asserted) && !(isBelieved && isTold)) call.edits.remove(asserted);
      if (isTold && call.identity.kind === 'authenticated') assert(call, call.identity.aor);
      // A hint for us, which nobody else is to see (RFC 3325 §6).
      if (headers.has(preferred)) call.edits.remove(preferred);
      call.onResponse(ofResponse(hearer === 'trusted', isBelieved));
      return 'next';
    },
  };

  /** The user's own address, or another name of his that he would rather be known by (RFC 3325 §6). */
  function assert({ incoming: { request }, edits }: ProxyCall, aor: Aor): void {
    const hints = request.headers.has(preferred) ? parseNameAddrList(request.headers.all(preferred)) : undefined;
    let sip: WireText = aor;
    let tel: WireText | undefined;
    for (const { uri } of hints?.ok === true ? hints.value : []) {
      const name = uri.scheme === 'tel' ? canonicalAor(uri) : deps.domains.localAor(uri);
      if (name === undefined || (name !== aor && deps.aliases.resolve(name) !== aor)) continue;
      // At most one of each kind (RFC 3325 §9.1).
      if (uri.scheme === 'tel') tel ??= name;
      else if (sip === aor) sip = name;
    }
    edits.append('P-Asserted-Identity', `<${sip}>`);
    if (tel !== undefined) edits.append('P-Asserted-Identity', `<${tel}>`);
  }
}

/** `id` keeps it within the trust domain, `none` forbids to hide it; else it is policy (RFC 3325 §7). */
function mayBeTold(request: SipRequest, hearer: Audience, policy: StepsConfig['assertIdentity']): boolean {
  if (hearer === 'trusted') return true;
  if (request.headers.has('privacy')) {
    const values = privacyOf(request);
    if (values.includes('none')) return true;
    if (values.includes('id')) return false;
  }
  return policy === 'all' || (policy === 'own' && hearer === 'own');
}

type ResponseEdit = (response: SipResponse, edits: HeaderEdits) => void;

/** From within the trust domain to somebody outside: as far as the answering party wishes (RFC 3325 §7). */
const toStranger: ResponseEdit = (response, edits) => {
  if (response.headers.has(asserted) && privacyOf(response).includes('id')) edits.remove(asserted);
  if (response.headers.has(preferred)) edits.remove(preferred);
};

const among: ResponseEdit = ({ headers }, edits) => {
  if (headers.has(preferred)) edits.remove(preferred);
};

const ofResponse = (fromTrusted: boolean, toTrusted: boolean): ResponseEdit =>
  fromTrusted ? (toTrusted ? among : toStranger) : ofStranger;
