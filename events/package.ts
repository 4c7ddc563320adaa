import type { Aor } from '../kernel/aor.ts';
import type { Seconds } from '../kernel/clock.ts';
import type { Refusal } from '../sip-stack/reply.ts';

/** How a subscription is to be treated (RFC 5025 §3.2.1; RFC 3856 §6.6.2). */
export type SubHandling = 'block' | 'confirm' | 'polite-block' | 'allow';

/** Who watches, as far as it was proved. */
export type Watcher = { readonly kind: 'known'; readonly aor: Aor } | { readonly kind: 'anonymous' };

/** A body as it goes on the wire. Shared between all subscriptions of one view: never changed. */
export interface Document {
  readonly contentType: string;
  readonly bytes: Buffer;
  /**
   * Where in `bytes` the version of the document is to be written, for packages whose documents are numbered in each
   * subscription (RFC 3680 §5.1, RFC 3858 §4.1, RFC 4235 §4.1): 0 in its first NOTIFY, one more in each further one. After a
   * restart it goes on with a gap.
   */
  readonly versionAt?: number;
  /**
   * What the document says, apart from what time alone changes in it (remaining lifetimes): two documents with the same text
   * are the same news. The bytes count when it is absent.
   */
  readonly state?: string;
}

/** What a package may look at when it chooses the view of a subscription; fixed for the life of a subscription. */
export interface SubscriptionFacts {
  readonly resource: Aor;
  readonly watcher: Watcher;
  /** Request-URI of the SUBSCRIBE as the watcher wrote it, without parameters: echoed, never normalised, in bodies. */
  readonly askedUri: string;
  /** The body type chosen for it from the Accept header. */
  readonly contentType: string;
  /** Parameters of the Event header other than `id`. */
  readonly eventParams: ReadonlyMap<string, string | undefined>;
  readonly userAgent: string | undefined;
}

/**
 * An event package (RFC 6665 §5.4): what the engine must be told of it, and nothing that the engine does itself.
 * One file in event-packages/ and one line in its index; proved by test/contract/event-package.test.ts.
 */
export interface EventPackage {
  /** Name in lower case (RFC 6665 §5.4.1). */
  readonly name: string;
  /** The RFC that defines it, for docs: 'RFC 3856'. */
  readonly defined: string;
  /** Granted when SUBSCRIBE carries no Expires (RFC 6665 §5.4.4). */
  readonly expiresDefault: Seconds;
  /** MIME types of NOTIFY bodies that can be made, the one meant by a missing Accept first (RFC 6665 §5.4.5). */
  readonly notifyBodies: readonly string[];
  /** How PUBLISH feeds the package (RFC 3903 §5); absent when it cannot be published. */
  readonly publication?: {
    /** MIME types taken. */
    readonly bodies: readonly string[];
    readonly expiresDefault: Seconds;
    /**
     * Checks a body that was published for `resource`.
     *
     * @param body  `text` are its bytes, one character each (latin1), when they are there already
     * @returns the refusal to answer (400 with Warning, 415), or undefined when it is good
     */
    check(resource: Aor, body: Document & { readonly text?: string }): Refusal | undefined;
  };
  /** Whether the resource exists for this package at all; a refusal (404) otherwise. */
  admit(resource: Aor): Refusal | undefined;
  /** Decides what the watcher may see (RFC 6665 §5.4.6). */
  authorize(watcher: Watcher, resource: Aor): SubHandling;
  /**
   * Names the view that this subscription has of its resource: subscriptions with the same view get the same bytes, and
   * the document is rendered once for all of them.
   */
  view(facts: SubscriptionFacts, handling: SubHandling): string;
  /**
   * Makes the NOTIFY body of a view (RFC 6665 §5.4.7); undefined for a NOTIFY without body (RFC 3856 §6.6.2: pending).
   * Called once per view and change.
   */
  render(facts: SubscriptionFacts, handling: SubHandling): Document | undefined;
}

/** Chooses among packages by Event header; names are compared without case (`COMPAT(linphone, SDK < 5.4)`: `Presence`). */
export interface EventPackages {
  readonly all: readonly EventPackage[];
  find(name: string): EventPackage | undefined;
}
