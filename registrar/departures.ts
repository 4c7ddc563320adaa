import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Binding } from './tables.ts';

/** Why a contact is no longer bound (RFC 3680 §4.7.1), as far as this registrar ends contacts. */
export type DepartureEvent =
  | 'unregistered'
  | 'expired'
  /** We have ended it, and the client does well to register again: its flow is dead. */
  | 'deactivated';

/** A contact that has ended. */
export interface Departure {
  readonly binding: Binding;
  readonly event: DepartureEvent;
  readonly at: number;
}

/**
 * The contacts that ended a moment ago: their end is told to watchers of registrations, who would see them vanish without
 * a reason otherwise. Each is told in what is rendered within `toldFor` of its end, which is when those NOTIFYs leave.
 */
export interface Departures {
  add(aor: string, bindings: readonly Binding[], event: DepartureEvent): void;
  of(aor: string): readonly Departure[];
  readonly size: number;
}

/** Milliseconds: the recommended least time between two NOTIFYs (RFC 3680 §4.10). */
const toldFor = 5_000;

export function createDepartures(clock: Clock): Departures {
  /** AOR to its departures, in the order of the last of them. */
  const departures = new Map<string, readonly Departure[]>();
  let size = 0;
  const none: readonly Departure[] = [];

  const forget = (aor: string): void => {
    size -= departures.get(aor)?.length ?? 0;
    departures.delete(aor);
  };
  const forgetOldest = (now: number): void => {
    for (const [aor, all] of departures) {
      const last = all.at(-1);
      if (size <= limits.departuresMax && last !== undefined && last.at + toldFor > now) break;
      forget(aor);
    }
  };
  const recent = (all: readonly Departure[], now: number): readonly Departure[] =>
    all.filter(({ at }) => at + toldFor > now);

  return {
    add(aor, bindings, event) {
      if (bindings.length === 0) return;
      const at = clock.now();
      const added = bindings.map((binding): Departure => ({ binding, event, at }));
      const all = [...recent(departures.get(aor) ?? none, at), ...added].slice(-2 * limits.contactsPerAorMax);
      forget(aor);
      departures.set(aor, all);
      size += all.length;
      forgetOldest(at);
    },
    of(aor) {
      const all = departures.get(aor);
      return all === undefined ? none : recent(all, clock.now());
    },
    get size() {
      return size;
    },
  };
}
