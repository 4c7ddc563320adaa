import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { namesOf } from './certificate-names.ts';
import { reasonOf } from './reason.ts';

/** Where certificates and keys lie, PEM each. */
export interface CredentialFiles {
  /** The chain, the server's own certificate first, and its key (which may be in the same file); the first is the default. */
  readonly certificates: readonly { readonly chain: string; readonly key: string }[];
  /** Certificates of the authorities trusted; '' for those that Node brings. */
  readonly authorities: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface OwnCertificate {
  readonly file: string;
  /** DNS names it is shown for when a client asks by name, lower case; may begin with `*.`. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
}

/** Certificates read and judged; immutable: read anew they are another value. */
export interface TlsCredentials {
  readonly certificates: readonly OwnCertificate[];
  /** The certificate for a name that a client asks for (SNI, RFC 6066 §3), else the default one. */
  certificateFor(serverName: string): OwnCertificate | undefined;
  /** For connections that we begin: shows our default certificate if asked, and trusts the authorities. */
  readonly ownContext: SecureContext;
}

/** Sessions resumed are bound to this name: without one a server that asks for certificates refuses to resume. */
const sessionIdContext = 'pharos';
/** Seconds for which a session can be resumed, which spares the server its signature. */
const sessionTimeout = 3600;

/** @fault a sentence without full stop: which file, and what is wrong with it */
export function readCredentials(files: CredentialFiles): Result<TlsCredentials, string> {
  const authorities = readAuthorities(files.authorities);
  if (!authorities.ok) return authorities;
  const shared: SecureContextOptions = {
    minVersion: files.minVersion,
    sessionIdContext,
    sessionTimeout,
    honorCipherOrder: true,
    ...(authorities.value === undefined ? {} : { ca: authorities.value }),
  };
  const certificates: OwnCertificate[] = [];
  for (const { chain, key } of files.certificates) {
    const own = readOwn(chain, key, shared);
    if (!own.ok) return own;
    certificates.push(own.value);
  }
  const ownContext = certificates[0]?.context ?? createSecureContext(shared);
  return ok({ certificates, ownContext, certificateFor: (name) => choose(certificates, name.toLowerCase()) });
}

function readOwn(chain: string, key: string, shared: SecureContextOptions): Result<OwnCertificate, string> {
  const chainText = readText(chain, 'certificate');
  if (!chainText.ok) return chainText;
  const keyText = key === chain ? chainText : readText(key, 'key');
  if (!keyText.ok) return keyText;
  const first = read(() => new X509Certificate(chainText.value));
  if (!first.ok) return fail(`the certificate file ${chain} holds no certificate in PEM form (${first.fault})`);
  const privateKey = read(() => createPrivateKey(keyText.value));
  if (!privateKey.ok)
    return fail(`the key file ${key} holds no private key in PEM form without a passphrase (${privateKey.fault})`);
  if (!first.value.checkPrivateKey(privateKey.value))
    return fail(`the key in ${key} does not belong to the first certificate in ${chain}`);
  const options = { ...shared, cert: chainText.value, key: keyText.value };
  const context = read(() => createSecureContext(options));
  if (!context.ok) return fail(`the certificate file ${chain} cannot be used (${context.fault})`);
  return ok({
    file: chain,
    names: shownFor(first.value),
    notBefore: Date.parse(first.value.validFrom),
    notAfter: Date.parse(first.value.validTo),
    options,
    context: context.value,
  });
}

function readAuthorities(file: string): Result<string | undefined, string> {
  if (file === '') return ok(undefined);
  const text = readText(file, 'authorities');
  if (!text.ok) return text;
  const first = read(() => new X509Certificate(text.value));
  return first.ok ? text : fail(`the authorities file ${file} holds no certificate in PEM form (${first.fault})`);
}

function readText(file: string, what: string): Result<string, string> {
  const text = read(() => readFileSync(file, 'utf8'));
  return text.ok ? text : fail(`the ${what} file ${file} cannot be read (${text.fault})`);
}

/** OpenSSL and the file system tell what is wrong by throwing. */
function read<Value>(from: () => Value): Result<Value, string> {
  try {
    return ok(from());
  } catch (error) {
    return fail(error instanceof Error ? reasonOf(error) : String(error));
  }
}

function shownFor(certificate: X509Certificate): readonly string[] {
  const { alternatives, commonName } = namesOf(certificate);
  const names = alternatives?.flatMap(({ type, value }) => {
    if (type === 'DNS') return [value];
    return type === 'URI' && /^sips?:[^@]*$/i.test(value) ? [value.slice(value.indexOf(':') + 1)] : [];
  });
  return (names ?? (commonName === undefined ? [] : [commonName])).map((name) => name.toLowerCase());
}

/** A name before a wildcard of its parent domain: browsers take such certificates, SIP peers judge for themselves. */
function choose(certificates: readonly OwnCertificate[], name: string): OwnCertificate | undefined {
  const wildcard = `*${name.slice(Math.max(0, name.indexOf('.')))}`;
  return (
    certificates.find(({ names }) => names.includes(name)) ??
    certificates.find(({ names }) => names.includes(wildcard)) ??
    certificates[0]
  );
}
