import type { X509Certificate } from 'node:crypto';

/** One value of the subjectAltName extension (RFC 5280 §4.2.1.6): its type as OpenSSL writes it, and the value. */
export interface AlternativeName {
  readonly type: 'URI' | 'DNS' | 'IP Address' | 'other';
  readonly value: string;
}

/** What a certificate says of its subject. */
export interface CertificateNames {
  /** `undefined` where the certificate has no subjectAltName at all. */
  readonly alternatives: readonly AlternativeName[] | undefined;
  /** The last, most specific, common name of the subject. */
  readonly commonName: string | undefined;
}

export function namesOf(certificate: Pick<X509Certificate, 'subjectAltName' | 'subject'>): CertificateNames {
  const { subjectAltName } = certificate;
  return {
    alternatives: subjectAltName === undefined ? undefined : readAlternatives(subjectAltName),
    commonName: certificate.subject
      .split('\n')
      .findLast((line) => line.startsWith('CN='))
      ?.slice(3),
  };
}

const known: readonly string[] = ['URI', 'DNS', 'IP Address'];

/**
 * Takes `DNS:a.example, URI:sip:b.example, DNS:"x\u002c y"` apart: a value that holds anything which could be taken for a
 * separator is written as a JSON string.
 */
function readAlternatives(text: string): readonly AlternativeName[] {
  const found: AlternativeName[] = [];
  for (const [, type = '', quoted, plain = ''] of text.matchAll(
    /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g,
  )) {
    const value = quoted === undefined ? plain : unquoted(quoted);
    found.push({ type: known.includes(type) ? (type as AlternativeName['type']) : 'other', value });
  }
  return found;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    // What cannot be read names nobody.
    return '';
  }
}
