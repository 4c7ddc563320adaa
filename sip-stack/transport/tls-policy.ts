import type { TlsPolicy } from '../../net/tls.ts';
import { domainIdentities, judgeCertificate } from './domain-identity.ts';
import type { TransportContext } from './kind.ts';

/** What SIP asks of certificates (RFC 5922 §7); settings and certificates are read at each handshake. */
export const tlsPolicy = ({ certificates, tls }: Pick<TransportContext, 'certificates' | 'tls'>): TlsPolicy => ({
  credentials: () => certificates.current,
  get clientCertificates() {
    return tls.clientCertificates;
  },
  get verifyServers() {
    return tls.verifyServers;
  },
  identities: domainIdentities,
  judge: judgeCertificate,
});
