import { type Instant, secondsAfter, type Tokens } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { type Change, put, remove } from '../db/store.ts';
import { forbidden, serverError } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import { parseUri, sameUri, type SipUri } from '../sip-stack/wire/uri.ts';
import type { AskedContact, Registration } from './registration.ts';
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
  readonly changes: readonly Change[];
  readonly bindings: readonly Binding[];
  /** Whether more than lifetimes changed, so that others want to know. */
  readonly news: boolean;
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
  const { aor, callId, cseq, contacts } = registration;
  const changes: Change[] = [];
  let bindings = current;
  let news = false;
  for (const asked of contacts) {
    const held = findBinding(bindings, asked.uri);
    const was = held === undefined ? undefined : current.find((binding) => binding.id === held.id);
    if (was !== undefined && isOutOfOrder(was, callId, cseq)) return fail(outOfOrder());
    if (asked.expires === 0) {
      if (held === undefined) continue;
      bindings = bindings.filter((binding) => binding !== held);
      news = true;
      continue;
    }
    const binding = bindingFrom(asked, { aor, callId, cseq }, held, source, tokens);
    news ||= held === undefined || differs(held, binding);
    bindings = held === undefined ? [...bindings, binding] : replaced(bindings, held, binding);
  }
  if (bindings.length > current.length && bindings.length > config.contactsPerAorMax) {
    return fail(forbidden('Too Many Contacts'));
  }
  addChanges(changes, current, bindings);
  return ok({ changes, bindings, news });
}

function decideRemoveAll(
  { callId, cseq }: { readonly callId: string; readonly cseq: number },
  current: readonly Binding[],
): Result<BindingUpdate, Refusal> {
  if (current.some((binding) => isOutOfOrder(binding, callId, cseq))) return fail(outOfOrder());
  const changes: Change[] = [];
  addChanges(changes, current, []);
  return ok({ changes, bindings: [], news: changes.length > 0 });
}

/** A request that was overtaken by a later one of the same user agent (RFC 3261 §10.3 step 7). */
const isOutOfOrder = (binding: Binding, callId: string, cseq: number): boolean =>
  binding.callId === callId && cseq <= binding.cseq;

const outOfOrder = (): Refusal => serverError('CSeq Out of Order');

/** The binding of the same contact (RFC 3261 §19.1.4); its text is most often the same. */
function findBinding(bindings: readonly Binding[], uri: SipUri): Binding | undefined {
  for (const binding of bindings) if (binding.contact === uri.text) return binding;
  return bindings.find((binding) => {
    const held = parseUri(binding.contact);
    return held.ok && sameUri(held.value, uri);
  });
}

/** A row that holds on to nothing of the message: texts that did not change are the ones held before. */
function bindingFrom(
  asked: AskedContact,
  order: { readonly aor: string; readonly callId: string; readonly cseq: number },
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
    path: '',
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
function addChanges(changes: Change[], current: readonly Binding[], bindings: readonly Binding[]): void {
  for (const binding of bindings) {
    const was = current.find((other) => other.id === binding.id);
    if (was !== binding) changes.push(put(bindingsTable, binding, was === undefined ? 'absent' : { was }));
  }
  for (const was of current) {
    if (!bindings.some((binding) => binding.id === was.id)) {
      changes.push(remove(bindingsTable, [was.aor, was.id], { was }));
    }
  }
}
