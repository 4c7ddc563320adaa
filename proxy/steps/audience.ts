import { parseNameAddr } from '../../sip-stack/wire/name-addr.ts';
import { parseUri, type SipUri } from '../../sip-stack/wire/uri.ts';
import type { WireText } from '../../sip-stack/wire/message.ts';
import type { ProxyCall, Target } from '../call.ts';

/** Who hears what is sent on: peers of our trust domain (RFC 3325 §2.3), users of ours, or anybody. */
export type Audience = 'trusted' | 'own' | 'other';

/**
 * Tells the audience of a call; the least trusted of several ways counts, since all get the same headers.
 *
 * @param trustedDomains  hosts of next hops, in any case
 */
export function createAudience(trustedDomains: readonly string[]): (call: ProxyCall) => Audience {
  const trusted: ReadonlySet<string> = new Set(trustedDomains.map((host) => host.toLowerCase()));
  const isTrusted = (uri: SipUri | undefined): boolean => uri !== undefined && trusted.has(uri.host);
  const leadsToTrusted = (target: Target): boolean => {
    const hop = target.path[0];
    return isTrusted(hop === undefined ? uriOf(target.uri) : uriOfRoute(hop));
  };
  const isAllTrusted = (call: ProxyCall): boolean => {
    const [hop] = call.route;
    if (hop !== undefined) return isTrusted(uriOfRoute(hop));
    return call.targets.length > 0 ? call.targets.every(leadsToTrusted) : isTrusted(call.uri);
  };
  return (call) => {
    if (trusted.size > 0 && isAllTrusted(call)) return 'trusted';
    return call.route.length === 0 && call.targets.length > 0 && call.localAor !== undefined ? 'own' : 'other';
  };
}

function uriOf(text: WireText): SipUri | undefined {
  const uri = parseUri(text);
  return uri.ok ? uri.value : undefined;
}

function uriOfRoute(text: WireText): SipUri | undefined {
  const route = parseNameAddr(text);
  return route.ok ? route.value.uri : undefined;
}
