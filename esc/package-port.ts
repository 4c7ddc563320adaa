import type { Aor } from '../kernel/aor.ts';
import type { Seconds } from '../kernel/clock.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { WireText } from '../sip-stack/wire/message.ts';

/** Event state as it was sent. */
export interface PublishedBody {
  /** Type and subtype in lower case, parameters as written. */
  readonly contentType: WireText;
  readonly bytes: Buffer;
  /** The same bytes, one character each, as they are stored. */
  readonly text: WireText;
}

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
    check(resource: Aor, body: PublishedBody): Refusal | undefined;
  };
}

export interface PublishedPackages {
  readonly all: readonly PublishedPackage[];
  find(name: string): PublishedPackage | undefined;
}
