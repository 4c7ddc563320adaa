import type { Aor } from './aor.ts';

/** News that the state of `resource`, as seen by event package `eventPackage`, is no longer what it was. */
export interface StateChange {
  /** Event package name in lower case, without template (RFC 6665 §8.2.1): 'presence', 'reg', 'dialog'. */
  readonly eventPackage: string;
  readonly resource: Aor;
}

/** Carries news between neighbours that do not know each other; given out by the storage backend after commit. */
export interface Feed {
  /** @param onChange called once per change, after it is durable, in commit order; must not throw */
  listen(onChange: (change: StateChange) => void): void;
}
