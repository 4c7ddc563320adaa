import type { Aor } from '../kernel/aor.ts';
import type { Seconds } from '../kernel/clock.ts';
import type { Refusal } from '../sip-stack/reply.ts';

/** What the compositor asks of an event package; `EventPackage` of events/package.ts fits it. */
export interface PublishedPackage {
  /** In lower case. */
  readonly name: string;
  /** Absent when the package cannot be published. */
  readonly publication?: {
    /** MIME types taken, in lower case. */
    readonly bodies: readonly string[];
    readonly expiresDefault: Seconds;
    /** The refusal to answer for this body, or undefined when it is good. */
    check(resource: Aor, body: { readonly contentType: string; readonly bytes: Buffer }): Refusal | undefined;
  };
}

export interface PublishedPackages {
  readonly all: readonly PublishedPackage[];
  find(name: string): PublishedPackage | undefined;
}
