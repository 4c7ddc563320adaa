import { domainToASCII } from 'node:url';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { canonicalHost } from '../../net/address.ts';
import type { CertificateNames } from '../../net/certificate-names.ts';

/**
 * The SIP domains that a certificate is of, lower case. That it is valid, and may be used for this end of TLS, was judged
 * before (RFC 5922 §7.1).
 */
export function domainIdentities({ alternatives, commonName }: CertificateNames): readonly string[] {
  if (alternatives === undefined) {
    // Only where there is no subjectAltName at all may the common name count.
    return commonName !== undefined && isDomainName(commonName) ? [canonicalDomain(commonName)] : [];
  }
  const domains = alternatives.flatMap(({ type, value }) => (type === 'URI' ? domainOfUri(value) : []));
  // DNS names count only if no sip URI names a domain.
  const found =
    domains.length > 0
      ? domains
      : alternatives.flatMap(({ type, value }) => (type === 'DNS' && isDomainName(value) ? [value] : []));
  return [...new Set(found.map(canonicalDomain))];
}

/** The host of a `sip:` URI without user part; `sips:`, other schemes and users name no domain. */
function domainOfUri(uri: string): readonly string[] {
  const parts = /^sip:(?!.*@)(\[[^\]]*\]|[^:;?]*)/i.exec(uri);
  const host = parts?.[1] ?? '';
  return isDomainName(host) ? [host] : [];
}

/** As DNS names: whole, without regard to case; a wildcard is like no other name (RFC 5922 §7.2). */
export const sameDomain = (one: string, other: string): boolean =>
  one !== '' && canonicalDomain(one) === canonicalDomain(other);

/**
 * Whether this certificate proves that its holder is `expected` (RFC 5922 §7.3). A URI with an address in place of a domain is
 * proved by a certificate for that address, which RFC 5922 leaves open.
 *
 * @returns the domains proved, `expected` among them
 */
export function judgeCertificate(certificate: CertificateNames, expected: string): Result<readonly string[], string> {
  const identities = domainIdentities(certificate);
  if (identities.some((identity) => sameDomain(identity, expected))) return ok(identities);
  const address = canonicalHost(expected);
  const named = certificate.alternatives?.some(
    ({ type, value }) => type === 'IP Address' && address !== undefined && canonicalHost(value) === address,
  );
  return named === true ? ok([...identities, expected]) : fail(`certificate is not of ${expected}`);
}

/** Names in other scripts are compared as they stand in the DNS (RFC 5280 §7.2). */
function canonicalDomain(name: string): string {
  const whole = name.endsWith('.') ? name.slice(0, -1) : name;
  return /^[\x00-\x7f]*$/.test(whole) ? whole.toLowerCase() : domainToASCII(whole);
}

const isDomainName = (text: string): boolean => text.length <= 253 && /^[^\s:/@;?#\\[\]"]+$/.test(text);
