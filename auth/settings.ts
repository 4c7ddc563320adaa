import { duration, list, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { digestAlgorithms } from '../sip-stack/digest/algorithm.ts';
import { faultOfRule } from './access-rule.ts';
import { faultOfNetwork } from '../net/networks.ts';

export const authSection = section({
  digestAlgorithms: list({
    default: ['MD5', 'SHA-256'],
    min: 1,
    max: 2,
    accepts: 'MD5 and SHA-256',
    check: (entry) => (digestAlgorithms.some((known) => known === entry) ? undefined : 'is neither MD5 nor SHA-256'),
    doc:
      'Algorithms offered in a challenge, the preferred first (RFC 8760 §2.3). Many clients understand only the first ' +
      'challenge and only MD5 (sipp, PJSIP before 2.11), hence the default; where all clients know it, put SHA-256 ' +
      'first or alone. Over WebSocket MD5 is offered last whatever stands here: JsSIP and SIP.js read the last challenge only.',
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
    check: faultOfNetwork,
    doc:
      'Peers that need no digest and speak for the user in their From: a proxy or list server of ours (RFC 3325 §2.1). ' +
      'Name only those whose network nobody else can send from.',
  }),
  trustedCertificates: list({
    default: [],
    max: 256,
    accepts: 'domain names',
    doc:
      'Peers trusted in the same way because of the certificate of their TLS connection: one that is valid for a domain ' +
      'named here (RFC 5922 §7.2). Needs TLS listeners that ask for certificates.',
  }),
  accessRules: list({
    default: [],
    max: 1024,
    accepts:
      "rules such as 'allow network=192.0.2.0/24', 'deny user=eve@example.org method=INVITE', 'drop network=203.0.113.0/24'",
    check: faultOfRule,
    reload: 'live',
    doc:
      'The access list: the first rule all of whose conditions (network, domain, user, method) a request meets decides. ' +
      '"deny" answers 403; "drop" answers nothing, and for a rule with no condition but network nothing is even read; ' +
      '"allow" ends the search, and everything else about the request is judged as always. Domain and user are those of ' +
      'From as written. What no rule names is allowed.',
  }),
});
export type AuthConfig = Values<typeof authSection>;
