import type { Values } from '../../config/section.ts';
import { choice, flag, list, section, text } from '../../config/section.ts';

/** Settings of TLS and secure WebSocket (RFC 3261 §26, RFC 5922). */
export const tlsSection = section({
  certificates: list({
    default: [],
    max: 64,
    accepts: "PEM files as 'chain.pem:key.pem', or one file that holds both",
    check: (entry) =>
      /^[^:]+(?::[^:]+)?$/.test(entry) ? undefined : "is not of the form 'chain.pem:key.pem' (names without a colon)",
    reload: 'live',
    doc:
      'Certificates of this server, one for each domain or one for several, each with its chain and its key; the first is shown ' +
      'to clients that ask for no name or for another one (SNI). With one here and `server.listen` not set, the server also ' +
      'listens on tls:0.0.0.0:5061 and tls:[::]:5061. Read again on SIGHUP. ECDSA P-256 keys make handshakes cheapest.',
  }),
  authorities: text({
    default: '',
    max: 4096,
    accepts: 'a PEM file',
    reload: 'live',
    doc: 'Certificates of the authorities that are trusted, for servers and for clients; empty: those that Node brings.',
  }),
  verifyServers: flag({
    default: true,
    reload: 'live',
    doc:
      'Whether a server that we connect to over TLS has to prove by its certificate that it is the domain that was asked for ' +
      '(RFC 5922 §7.3). Turn it off only where the network is trusted.',
  }),
  clientCertificates: choice({
    of: ['none', 'ask', 'require'],
    default: 'none',
    reload: 'live',
    doc:
      'Whether TLS clients are asked for a certificate: "ask" lets those without one in and learns the domains of the others, ' +
      'for trust by certificate and connection reuse (RFC 5922 §7.4, RFC 5923 §9.2); "require" turns those without a trusted ' +
      'one away. Secure WebSocket never asks: browsers would ask their user.',
  }),
  minVersion: choice({
    of: ['TLSv1.2', 'TLSv1.3'],
    default: 'TLSv1.2',
    doc: 'The oldest version of TLS that is spoken.',
  }),
});

export type TlsSettings = Values<typeof tlsSection>;
