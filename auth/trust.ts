import { networksOf } from '../net/networks.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { AuthConfig } from './settings.ts';

/** Tells whether who is at the other end of a flow is trusted to speak for others (RFC 3325 §2.1). */
export type Trust = (flow: Flow) => boolean;

/** By its address, or by a domain that its certificate proves (RFC 5922 §7.2). */
export function createTrust(config: Pick<AuthConfig, 'trustedPeers' | 'trustedCertificates'>): Trust {
  const byAddress = networksOf(config.trustedPeers);
  const names = new Set(config.trustedCertificates.map((name) => name.toLowerCase()));
  if (names.size === 0) return (flow) => byAddress(flow.remote.host);
  return (flow) => byAddress(flow.remote.host) || flow.provenDomains?.some((domain) => names.has(domain)) === true;
}
