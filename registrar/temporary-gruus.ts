import type { Instant, Tokens } from '../kernel/clock.ts';
import { type Change, put, remove, type Store } from '../db/store.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { AskedContact } from './asked-contact.ts';
import { type Binding, type GruuRow, gruusTable } from './tables.ts';

/** Bits of a serial: as many as fit into a temporary GRUU (RFC 5627 Appendix A.2). */
const serialBits = 48;

/**
 * Begins the temporary GRUUs of the devices of an update anew where those given before are no longer valid, and for devices
 * that ask for the first time (RFC 5627 §5.1).
 *
 * @param current  the bindings before the update
 * @param asksForGruus  whether the client supports them: for others none are begun
 */
export function addGruuChanges(
  changes: Change[],
  deps: { readonly store: Store; readonly tokens: Tokens },
  asked: {
    readonly aor: string;
    readonly callId: string;
    readonly cseq: number;
    readonly contacts: readonly AskedContact[];
  },
  current: readonly Binding[],
  { now, asksForGruus }: { readonly now: Instant; readonly asksForGruus: boolean },
): void {
  const { aor, callId, cseq, contacts } = asked;
  for (const [at, { instance, regId, expires }] of contacts.entries()) {
    if (instance === null || expires === 0) continue;
    // Once for each device.
    if (contacts.findIndex((each) => each.instance === instance && each.expires > 0) < at) continue;
    const row = deps.store.get(gruusTable, [aor, instance]);
    if (row === undefined ? !asksForGruus : areValid(instance, regId, callId, current)) continue;
    const begun: GruuRow = {
      aor: copyText(aor),
      instance: copyText(instance),
      serial: deps.tokens.token(serialBits),
      firstCSeq: cseq,
      createdAt: now,
    };
    changes.push(put(gruusTable, begun, row === undefined ? 'absent' : { was: row }));
  }
}

/**
 * Whether those given before live on: the device is still registered, and its last REGISTER, over this flow where it has
 * several, had the same Call-ID (RFC 5627 §5.1, §5.3).
 */
function areValid(instance: string, regId: number | null, callId: string, current: readonly Binding[]): boolean {
  let isRegistered = false;
  let latest: Binding | undefined;
  for (const binding of current) {
    if (binding.instance !== instance) continue;
    isRegistered = true;
    if (regId !== null && binding.regId !== regId) continue;
    if (latest === undefined || binding.refreshedAt >= latest.refreshedAt) latest = binding;
  }
  return isRegistered && (latest === undefined || latest.callId === callId);
}

/** With the last contact of a device its temporary GRUUs end (RFC 5627 §5.3). */
export function addGruuRemovals(
  changes: Change[],
  store: Store,
  gone: readonly Binding[],
  remaining: readonly Binding[],
): void {
  const seen = new Set<string>();
  for (const { aor, instance } of gone) {
    if (instance === null || seen.has(instance) || remaining.some((binding) => binding.instance === instance)) continue;
    seen.add(instance);
    const row = store.get(gruusTable, [aor, instance]);
    if (row !== undefined) changes.push(remove(gruusTable, [aor, instance], { was: row }));
  }
}
