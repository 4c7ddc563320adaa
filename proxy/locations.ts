import type { Aor } from '../kernel/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import type { Target } from './call.ts';

/** What the proxy asks of the registrar (RFC 3261 §16.5, RFC 5627 §5). */
export interface Locations {
  /** The ways to a user, best first; empty when he is registered nowhere. Flows that have died are left out. */
  targets(aor: Aor): readonly Target[];
  /** Whether there is such a user at all. */
  has(aor: Aor): boolean;
  /**
   * What a GRUU of ours stands for (RFC 5627 §5.3): its device's targets and AOR; `expired` for a temporary one that is
   * no longer valid, or an instance that is not registered (480); `undefined` when the URI is no GRUU of ours.
   */
  gruu(uri: SipUri): { readonly aor: Aor; readonly targets: readonly Target[] } | 'unknown' | undefined;
  /** The request sent to this target failed for good because its flow is dead (RFC 5626 §5.3, 430): the binding goes. */
  flowFailed(aor: Aor, target: Target): void;
}
