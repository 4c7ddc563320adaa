import type { SubHandling, Watcher } from '../events/package.ts';
import type { Aor } from '../kernel/aor.ts';
import type { PresenceDocument } from '../pidf/document.ts';

/** What a watcher who is let in may see of a document (RFC 5025 §3.3). */
export interface Transformation {
  /** The same name means the same effect: watchers with equal names share one rendering. */
  readonly name: string;
  apply(document: PresenceDocument): PresenceDocument;
}

export interface Decision {
  readonly handling: SubHandling;
  readonly transformation: Transformation;
}

/** Decides by the presentity's own rules (RFC 4745, RFC 5025). */
export interface Rules {
  /** Undefined when the presentity has no rules: then the default handling of the configuration holds. */
  decide(watcher: Watcher, resource: Aor): Decision | undefined;
}

/** Everything is shown. */
export const showAll: Transformation = { name: 'all', apply: (document) => document };

/** No presentity has rules. */
export const noRules: Rules = { decide: () => undefined };

/**
 * The decision that holds: one always sees oneself, then the presentity's rules, then the default.
 *
 * @rfc 3856 §6.6.2
 */
export function decide(rules: Rules, fallback: SubHandling, watcher: Watcher, resource: Aor): Decision {
  if (watcher.kind === 'known' && watcher.aor === resource) return { handling: 'allow', transformation: showAll };
  return rules.decide(watcher, resource) ?? { handling: fallback, transformation: showAll };
}
