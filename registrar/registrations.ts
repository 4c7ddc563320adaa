import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock, Instant } from '../kernel/clock.ts';
import type { Store } from '../db/store.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import { liveBindings } from './bindings.ts';
import type { Departure, Departures } from './departures.ts';
import type { Gruus } from './gruu.ts';
import { latestTemporary } from './register-answer.ts';
import { type Binding, gruusTable } from './tables.ts';

/** The registration of one AOR at one moment, as its watchers are told of it (RFC 3680 §4.7.1). */
export interface RegistrationState {
  readonly aor: Aor;
  readonly at: Instant;
  readonly bindings: readonly Binding[];
  /** Contacts that ended a moment ago. */
  readonly departures: readonly Departure[];
}

/** The GRUUs of a contact (RFC 5628). */
export interface ContactGruus {
  readonly publicGruu: WireText;
  /** The one created last, and the CSeq of the REGISTER for which the oldest that is valid was created. */
  readonly temporary: { readonly gruu: WireText; readonly firstCSeq: number } | undefined;
}

/** What the registrar tells the reg event package. */
export interface Registrations {
  of(aor: Aor): RegistrationState;
  /** `undefined` for a contact without instance. */
  gruusOf(binding: Binding): ContactGruus | undefined;
}

export function createRegistrations(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly gruus: Gruus;
  readonly departures: Departures;
}): Registrations {
  const { store, clock, gruus } = deps;
  return {
    of(aor) {
      const at = clock.now();
      return { aor, at, bindings: liveBindings(store, aor, at), departures: deps.departures.of(aor) };
    },
    gruusOf({ aor, instance }) {
      if (instance === null) return undefined;
      const row = store.get(gruusTable, [aor, instance]);
      const gruu =
        row === undefined ? '' : latestTemporary(gruus, row, liveBindings(store, aorFromStore(aor), clock.now()));
      const temporary = row === undefined || gruu === '' ? undefined : { gruu, firstCSeq: row.firstCSeq };
      return { publicGruu: gruus.publicOf(aor, instance), temporary };
    },
  };
}
