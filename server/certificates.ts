import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Certificates } from '../sip-stack/transport/certificates.ts';
import { openCertificates } from '../sip-stack/transport/certificates.ts';
import type { Config } from './sections.ts';

/** The certificates of TLS and secure WebSocket, as the transports use them. */
export interface ComposedCertificates {
  readonly certificates: Certificates;
  /** Reads the files again; with a fault those in use stay. */
  reread(): void;
}

/** @fault a sentence: which file cannot be used, and why */
export function composeCertificates(
  deps: { readonly clock: Clock; readonly log: Log; readonly meter: Meter },
  config: Pick<Config, 'tls'>,
): Result<ComposedCertificates, string> {
  const opened = openCertificates(deps, config.tls);
  if (!opened.ok) return fail(`Cannot use TLS: ${opened.fault}.`);
  const certificates = opened.value;
  return ok({
    certificates,
    reread() {
      const read = certificates.reread();
      if (!read.ok) deps.log.error('certificates-refused', { reason: read.fault });
    },
  });
}
