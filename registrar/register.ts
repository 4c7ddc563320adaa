import type { Aor } from '../kernel/aor.ts';
import { type Clock, type Instant, seconds, type Tokens } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Store, StoreFault } from '../db/store.ts';
import type { Answer, Handler, Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden, notFound, serviceUnavailable } from '../sip-stack/refusals.ts';
import type { NatPolicy } from '../sip-stack/flow-to-keep.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { AskedContact } from './asked-contact.ts';
import { liveBindings } from './bindings.ts';
import { type BindingUpdate, decideUpdate, type RegistrationSource } from './decide.ts';
import type { Departures } from './departures.ts';
import type { Gruus } from './gruu.ts';
import { refuseOwnContact } from './own-contact.ts';
import { supports } from './path.ts';
import { createRegisterAnswer } from './register-answer.ts';
import { readRegistration, type Registration } from './registration.ts';
import type { Residents } from './residents.ts';
import type { RegistrarConfig } from './settings.ts';
import type { Binding } from './tables.ts';
import { addGruuChanges, addGruuRemovals } from './temporary-gruus.ts';

export interface RegisterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly residents: Residents;
  /** The flow on which the contacts of this request are reached; '' when their URIs can be used directly. */
  readonly flowToKeep: (incoming: IncomingRequest, nat: NatPolicy) => string;
  readonly gruus: Gruus;
  readonly departures: Departures;
  /** Bindings of an AOR were added, removed or moved to another flow; `flow` is the one the request came over. */
  readonly onFlowsChanged: (was: readonly Binding[], are: readonly Binding[], flow: Flow) => void;
}

/** The event package that tells of bindings (RFC 3680 §4.1). */
const eventPackage = 'reg';
/** Decisions made anew when another changed the same bindings meanwhile. */
const attemptsMax = 3;
/** Told to a client when the storage cannot take its registration. */
const retryAfter = seconds(5);

/** Handles REGISTER (RFC 3261 §10.3). */
export function createRegister(deps: RegisterDeps, config: RegistrarConfig): Handler {
  const { store, log } = deps;
  const count = createCount(deps.meter);
  const answer = createRegisterAnswer(deps, config);
  const answered = (asked: Registration, bindings: readonly Binding[], now: Instant, tellGruus: boolean): Answer => ({
    reply: { status: 200, headers: answer.headers(asked, bindings, now, tellGruus) },
  });
  const refused = (refusal: Refusal): Answer => {
    count.refused.add();
    return { reply: refusal };
  };

  const fetch = async (asked: Fetch, now: Instant, tellGruus: boolean): Promise<Answer> => {
    const bindings = liveBindings(store, asked.aor, now);
    // What is told must hold after a crash as well.
    await store.settled();
    count.fetched.add();
    return answered(asked, bindings, now, tellGruus);
  };
  /** Decides and commits in one stretch, so that nobody comes between; anew when the store saw somebody come between. */
  const update = async (asked: Update, source: RegistrationSource, flow: Flow, tellGruus: boolean): Promise<Answer> => {
    const { aor } = asked;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const current = liveBindings(store, aor, source.now);
      const decided = decideUpdate(asked, current, source, deps.tokens, config);
      if (!decided.ok) return refused(decided.fault);
      const { changes, bindings, news } = decided.value;
      addGruus(deps, asked, current, decided.value, { now: source.now, asksForGruus: tellGruus });
      const committed = await store.transact(changes, news ? [newsOf(aor)] : none);
      if (committed.ok) {
        if (news) log.debug('bindings-changed', { aor, bindings: bindings.length });
        tellOthers(deps, current, decided.value, flow);
        count.updated.add();
        return answered(asked, bindings, source.now, tellGruus);
      }
      if (committed.fault !== 'conflict') return refused(notStored(log, aor, committed.fault));
    }
    return refused(notStored(log, aor, 'conflict'));
  };

  return (incoming) => {
    const aor = admit(incoming, deps.residents);
    if (typeof aor !== 'string') return refused(aor);
    const { request, flow } = incoming;
    const read = readRegistration(request, aor, config);
    if (!read.ok) return refused(read.fault);
    const asked = read.value;
    const now = deps.clock.now();
    const tellGruus = supports(request.headers, 'gruu');
    if (asked.kind === 'fetch') return fetch(asked, now, tellGruus);
    if (asked.kind === 'remove-all') return update(asked, sourceOf(incoming, now, ''), flow, false);
    const refusal = refuseOwnContact(deps, aor, asked.contacts);
    if (refusal !== undefined) return refused(refusal);
    // An outbound client is reached over its flow, whatever its address (RFC 5626 §6).
    const kept = asked.ownFlow ? flow.key : deps.flowToKeep(incoming, config.nat);
    return update(asked, sourceOf(incoming, now, kept), flow, tellGruus);
  };
}

/** The temporary GRUUs that an update begins or ends (RFC 5627 §5.1, §5.3). */
function addGruus(
  deps: RegisterDeps,
  asked: Update,
  current: readonly Binding[],
  { changes, bindings, removed }: BindingUpdate,
  what: { readonly now: Instant; readonly asksForGruus: boolean },
): void {
  if (asked.kind === 'update' && asked.contacts.some(isDevice)) addGruuChanges(changes, deps, asked, current, what);
  if (removed.length > 0) addGruuRemovals(changes, deps.store, removed, bindings);
}

const isDevice = ({ instance }: AskedContact): boolean => instance !== null;

/** What follows from an update for those who keep track of flows, and for who watches; before its news leaves. */
function tellOthers(
  { departures, onFlowsChanged }: RegisterDeps,
  current: readonly Binding[],
  { bindings, removed, flowsChanged }: BindingUpdate,
  flow: Flow,
): void {
  const aor = removed[0]?.aor;
  if (aor !== undefined) departures.add(aor, removed, 'unregistered');
  if (flowsChanged) onFlowsChanged(current, bindings, flow);
}

/** The AOR that may be registered, or why not (RFC 3261 §10.3 steps 1, 3, 4 and 5). */
function admit({ uri, request, identity }: IncomingRequest, residents: Residents): Aor | Refusal {
  const domain = residents.domainOf(uri);
  if (domain === undefined || residents.domainOf(request.to.uri) !== domain) return notFound();
  const aor = residents.localAor(request.to.uri);
  if (aor === undefined) return notFound();
  if (!speaksFor(identity, aor)) return forbidden();
  return residents.has(aor) ? aor : notFound();
}

const speaksFor = (identity: Identity, aor: Aor): boolean => identity.kind !== 'anonymous' && identity.aor === aor;

function sourceOf({ request, flow }: IncomingRequest, now: Instant, keptFlow: string): RegistrationSource {
  const { host, port } = flow.remote;
  const userAgent = request.headers.first('user-agent') ?? null;
  return { now, flow: keptFlow, received: `${host}:${String(port)}`, userAgent };
}

type Fetch = Extract<Registration, { readonly kind: 'fetch' }>;
type Update = Exclude<Registration, Fetch>;

const none: readonly StateChange[] = [];
const newsOf = (resource: Aor): StateChange => ({ eventPackage, resource });

function notStored(log: Log, aor: Aor, fault: StoreFault): Refusal {
  log.warn('bindings-not-stored', { aor, fault });
  return serviceUnavailable(retryAfter);
}

function createCount(meter: Meter): Readonly<Record<'updated' | 'fetched' | 'refused', ReturnType<Meter['counter']>>> {
  const of = (outcome: string): ReturnType<Meter['counter']> =>
    meter.counter('pharos_registrar_requests_total', 'REGISTER requests that reached the registrar', { outcome });
  return { updated: of('updated'), fetched: of('fetched'), refused: of('refused') };
}
