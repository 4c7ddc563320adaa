import { type Instant, secondsAfter, type Tokens } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { type Change, put, remove } from '../db/store.ts';
import { forbidden, serverError } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { AskedContact } from './asked-contact.ts';
import { findBinding } from './match.ts';
import type { Registration } from './registration.ts';
import type { RegistrarConfig } from './settings.ts';
import { type Binding, bindingsTable } from './tables.ts';

/** Where a REGISTER came from and when: what a binding keeps besides what was asked. */
export interface RegistrationSource {
  readonly now: Instant;
  readonly flow: string;
  readonly received: string;
  readonly userAgent: string | null;
}

/** What a REGISTER comes to: the changes to commit, and the bindings that there are then. */
export interface BindingUpdate {
  readonly changes: Change[];
  readonly bindings: readonly Binding[];
  /** Those that are no longer there. */
  readonly removed: readonly Binding[];
  /** Whether more than lifetimes changed, so that others want to know. */
  readonly news: boolean;
  /** Whether a binding was added, removed, or moved to another flow. */
  readonly flowsChanged: boolean;
}

/** Decides an update as a whole: all contacts or none (RFC 3261 §10.3 steps 6 and 7). */
export function decideUpdate(
  registration: Exclude<Registration, { readonly kind: 'fetch' }>,
  current: readonly Binding[],
  source: RegistrationSource,
  tokens: Tokens,
  config: RegistrarConfig,
): Result<BindingUpdate, Refusal> {
  if (registration.kind === 'remove-all') return decideRemoveAll(registration, current);
  const { contacts, callId, cseq } = registration;
  let bindings = current;
  let news = false;
  let flowsChanged = false;
  for (const asked of contacts) {
    const held = findBinding(bindings, asked);
    const was = held === undefined ? undefined : current.find((binding) => binding.id === held.id);
    if (was !== undefined && isOutOfOrder(was, callId, cseq)) return fail(outOfOrder());
    if (asked.expires === 0) {
      if (held === undefined) continue;
      bindings = bindings.filter((binding) => binding !== held);
      news = true;
      flowsChanged = true;
      continue;
    }
    const binding = bindingFrom(asked, registration, held, source, tokens);
    news ||= held === undefined || differs(held, binding);
    flowsChanged ||= held === undefined || held.flow !== binding.flow;
    bindings = held === undefined ? [...bindings, binding] : replaced(bindings, held, binding);
  }
  if (bindings.length > current.length && bindings.length > config.contactsPerAorMax) {
    return fail(forbidden('Too Many Contacts'));
  }
  const removed = flowsChanged ? current.filter((was) => !bindings.some(({ id }) => id === was.id)) : nobody;
  return ok({ changes: changesOf(current, bindings, removed), bindings, removed, news, flowsChanged });
}

const nobody: readonly Binding[] = [];

function decideRemoveAll(
  { callId, cseq }: { readonly callId: string; readonly cseq: number },
  current: readonly Binding[],
): Result<BindingUpdate, Refusal> {
  if (current.some((binding) => isOutOfOrder(binding, callId, cseq))) return fail(outOfOrder());
  const news = current.length > 0;
  return ok({ changes: changesOf(current, [], current), bindings: [], removed: current, news, flowsChanged: news });
}

/** A request that was overtaken by a later one of the same user agent (RFC 3261 §10.3 step 7). */
const isOutOfOrder = (binding: Binding, callId: string, cseq: number): boolean =>
  binding.callId === callId && cseq <= binding.cseq;

const outOfOrder = (): Refusal => serverError('CSeq Out of Order');

/** A row that holds on to nothing of the message: texts that did not change are the ones held before. */
function bindingFrom(
  asked: AskedContact,
  order: { readonly aor: string; readonly callId: string; readonly cseq: number; readonly path: string },
  held: Binding | undefined,
  source: RegistrationSource,
  tokens: Tokens,
): Binding {
  return {
    aor: held?.aor ?? copyText(order.aor),
    id: held?.id ?? tokens.token(64),
    contact: kept(asked.uri.text, held?.contact),
    params: kept(asked.params, held?.params),
    q: asked.q,
    callId: kept(order.callId, held?.callId),
    cseq: order.cseq,
    expiresAt: secondsAfter(source.now, asked.expires),
    registeredAt: held?.registeredAt ?? source.now,
    refreshedAt: source.now,
    path: kept(order.path, held?.path),
    instance: asked.instance === null ? null : kept(asked.instance, held?.instance),
    regId: asked.regId,
    flow: kept(source.flow, held?.flow),
    received: kept(source.received, held?.received),
    userAgent: source.userAgent === null ? null : kept(source.userAgent, held?.userAgent),
  };
}

const kept = (text: string, held: string | null | undefined): string => (text === held ? held : copyText(text));

/** Whether a renewed binding says something else than before, its lifetime and order apart. */
const differs = (held: Binding, renewed: Binding): boolean =>
  held.contact !== renewed.contact || held.params !== renewed.params || held.q !== renewed.q;

const replaced = (bindings: readonly Binding[], held: Binding, binding: Binding): readonly Binding[] =>
  bindings.length === 1 ? [binding] : bindings.map((other) => (other === held ? binding : other));

/** The changes that lead from one set of bindings to the other. */
function changesOf(current: readonly Binding[], bindings: readonly Binding[], removed: readonly Binding[]): Change[] {
  const changes: Change[] = [];
  for (const binding of bindings) {
    const was = current.find((other) => other.id === binding.id);
    if (was !== binding) changes.push(put(bindingsTable, binding, was === undefined ? 'absent' : { was }));
  }
  for (const was of removed) changes.push(remove(bindingsTable, [was.aor, was.id], { was }));
  return changes;
}
