import { duration, list, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { digestAlgorithms } from '../sip-stack/digest/algorithm.ts';
import { parseCidr } from './cidr.ts';

export const authSection = section({
  digestAlgorithms: list({
    default: ['MD5', 'SHA-256'],
    min: 1,
    max: 2,
    accepts: 'MD5 and SHA-256',
    check: (entry) => (digestAlgorithms.some((known) => known === entry) ? undefined : 'is neither MD5 nor SHA-256'),
    doc:
      'Algorithms offered in a challenge, the preferred first (RFC 8760 §2.3). Many clients understand only the first ' +
      'challenge and only MD5 (sipp, JsSIP, PJSIP before 2.11), hence the default; where all clients know it, put SHA-256 ' +
      'first or alone.',
  }),
  md5OnlyUserAgents: list({
    default: ['baresip v0.', 'baresip v1.', 'baresip v2.', 'baresip v3.'],
    max: 64,
    accepts: 'beginnings of User-Agent values',
    doc:
      'Clients that fail when another algorithm than MD5 is offered at all, by the beginning of their User-Agent header ' +
      'field; they are offered MD5 alone when it is among digestAlgorithms.',
  }),
  nonceLifetime: duration({
    default: 3600,
    min: 30,
    max: 86_400,
    unit: 'seconds',
    doc:
      'How long a nonce can be used; after it a client is told stale=true and goes on without asking its user ' +
      '(RFC 7616 §3.3). A nonce that outlives the refresh interval of a client saves it a round trip at each refresh.',
  }),
  trustedPeers: list({
    default: [],
    max: 256,
    accepts: 'addresses or networks such as 192.0.2.7, 198.51.100.0/24, 2001:db8::/32',
    check: (entry) => (parseCidr(entry) === undefined ? 'is no address or network' : undefined),
    doc:
      'Peers that need no digest and speak for the user in their From: a proxy or list server of ours (RFC 3325 §2.1). ' +
      'Name only those whose network nobody else can send from.',
  }),
});
export type AuthConfig = Values<typeof authSection>;
