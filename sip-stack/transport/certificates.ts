import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Result } from '../../kernel/result.ts';
import { ok } from '../../kernel/result.ts';
import type { CredentialFiles, TlsCredentials } from '../../net/tls-credentials.ts';
import { readCredentials } from '../../net/tls-credentials.ts';
import type { TlsSettings } from './tls-settings.ts';

/** The certificates in use; those of connections that are open stay with them. */
export interface Certificates {
  readonly current: TlsCredentials;
}

/** Certificates that can be read anew. */
export interface CertificateFiles extends Certificates {
  /** @fault why the files cannot be used; the certificates in use stay */
  reread(): Result<void, string>;
}

const day = 86_400_000;

/** Told where no certificate runs out. */
const daysMax = 36_500;

/** Days before the end of a certificate from which on each reading warns. */
const warnedDays = 14;

/** What is there without any configuration: no certificate to show, the authorities of Node to trust. */
export function noCertificates(): Certificates {
  let current: TlsCredentials | undefined;
  return {
    get current() {
      current ??= withoutFiles();
      return current;
    },
  };
}

function withoutFiles(): TlsCredentials {
  const read = readCredentials({ certificates: [], authorities: '', minVersion: 'TLSv1.2' });
  if (!read.ok) throw new Error(read.fault);
  return read.value;
}

/**
 * Reads the configured certificates, and warns of those that are out of date or soon will be.
 *
 * @param settings  read at each reading: members declared `live` change on reload
 * @fault a sentence without full stop: which file, and what is wrong with it
 */
export function openCertificates(
  deps: { readonly clock: Clock; readonly log: Log; readonly meter: Meter },
  settings: TlsSettings,
): Result<CertificateFiles, string> {
  const { clock, log, meter } = deps;
  const first = readCredentials(filesOf(settings));
  if (!first.ok) return first;
  let current = first.value;
  const daysLeft = (): number =>
    Math.min(daysMax, ...current.certificates.map(({ notAfter }) => (notAfter - clock.now()) / day));
  const warn = (): void => {
    for (const { file, notBefore, notAfter } of current.certificates) {
      const now = clock.now();
      const until = new Date(notAfter).toISOString();
      if (notAfter <= now) log.warn('certificate-expired', { file, until });
      else if (notBefore > now)
        log.warn('certificate-not-yet-valid', { file, from: new Date(notBefore).toISOString() });
      else if (notAfter - now < warnedDays * day) log.warn('certificate-expires-soon', { file, until });
    }
  };
  warn();
  if (current.certificates.length > 0)
    meter.gauge('pharos_tls_certificate_days_left', 'Days until the first of our certificates runs out', daysLeft);
  return ok({
    get current() {
      return current;
    },
    reread() {
      const next = readCredentials(filesOf(settings));
      if (!next.ok) return next;
      current = next.value;
      warn();
      if (current.certificates.length > 0) log.info('certificates-read', { certificates: current.certificates.length });
      return ok(undefined);
    },
  });
}

const filesOf = (settings: TlsSettings): CredentialFiles => ({
  certificates: settings.certificates.map(certificatePair),
  authorities: settings.authorities,
  minVersion: settings.minVersion,
});

/** `chain.pem:key.pem`, or one file that holds both. */
export function certificatePair(entry: string): { readonly chain: string; readonly key: string } {
  const [chain = '', key = chain] = entry.split(':');
  return { chain, key };
}
