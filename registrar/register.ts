import type { Aor } from '../kernel/aor.ts';
import { type Clock, type Instant, seconds, secondsUntil, type Tokens } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Store, StoreFault } from '../db/store.ts';
import type { Answer, Handler, Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden, notFound, serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Refusal, Reply } from '../sip-stack/reply.ts';
import type { HeaderPair } from '../sip-stack/wire/message.ts';
import { liveBindings } from './bindings.ts';
import { decideUpdate, type RegistrationSource } from './decide.ts';
import { readRegistration, type Registration } from './registration.ts';
import type { Residents } from './residents.ts';
import type { RegistrarConfig } from './settings.ts';
import type { Binding } from './tables.ts';

export interface RegisterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly residents: Residents;
  /** The flow on which the contacts of this request are reached; '' when their URIs can be used directly. */
  readonly flowToKeep: (incoming: IncomingRequest) => string;
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
  const date = createDateText();
  const answered = (bindings: readonly Binding[], now: Instant): Answer => ({
    reply: { status: 200, headers: responseHeaders(bindings, now, date(now)) },
  });
  const refused = (refusal: Refusal): Answer => {
    count.refused.add();
    return { reply: refusal };
  };

  const fetch = async (aor: Aor, now: Instant): Promise<Answer> => {
    const bindings = liveBindings(store, aor, now);
    // What is told must hold after a crash as well.
    await store.settled();
    count.fetched.add();
    return answered(bindings, now);
  };
  /** Decides and commits in one stretch, so that nobody comes between; anew when the store saw somebody come between. */
  const update = async (asked: Update, source: RegistrationSource): Promise<Answer> => {
    const { aor } = asked;
    const { now } = source;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const decided = decideUpdate(asked, liveBindings(store, aor, now), source, deps.tokens, config);
      if (!decided.ok) return refused(decided.fault);
      const { changes, bindings, news } = decided.value;
      const committed = await store.transact(changes, news ? [newsOf(aor)] : none);
      if (committed.ok) {
        if (news) log.debug('bindings-changed', { aor, bindings: bindings.length });
        count.updated.add();
        return answered(bindings, now);
      }
      if (committed.fault !== 'conflict') return refused(notStored(log, aor, committed.fault));
    }
    return refused(notStored(log, aor, 'conflict'));
  };

  return (incoming) => {
    const aor = admit(incoming, deps.residents);
    if (typeof aor !== 'string') return refused(aor);
    const read = readRegistration(incoming.request, aor, config);
    if (!read.ok) return refused(read.fault);
    const now = deps.clock.now();
    if (read.value.kind === 'fetch') return fetch(aor, now);
    return update(read.value, sourceOf(incoming, now, deps.flowToKeep(incoming)));
  };
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

type Update = Exclude<Registration, { readonly kind: 'fetch' }>;

const none: readonly StateChange[] = [];
const newsOf = (resource: Aor): StateChange => ({ eventPackage, resource });

function notStored(log: Log, aor: Aor, fault: StoreFault): Refusal {
  log.warn('bindings-not-stored', { aor, fault });
  return serviceUnavailable(retryAfter);
}

/** All current bindings with what is left of them, and the Date (RFC 3261 §10.3 step 8). */
function responseHeaders(bindings: readonly Binding[], now: Instant, date: string): NonNullable<Reply['headers']> {
  const headers: HeaderPair[] = [];
  for (const binding of bindings) headers.push(['Contact', contactText(binding, now)]);
  headers.push(['Date', date]);
  return headers;
}

/** A Contact value of a 200 to REGISTER. */
function contactText({ contact, q, params, expiresAt }: Binding, now: Instant): string {
  const preference = q === null ? '' : `;q=${String(q / 1000)}`;
  return `<${contact}>${preference};expires=${String(secondsUntil(now, expiresAt as Instant))}${params}`;
}

/** RFC 1123 date of an instant (RFC 3261 §20.17), made once a second. */
function createDateText(): (now: Instant) => string {
  let second = Number.NaN;
  let text = '';
  return (now) => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      text = new Date(now).toUTCString();
    }
    return text;
  };
}

function createCount(meter: Meter): Readonly<Record<'updated' | 'fetched' | 'refused', ReturnType<Meter['counter']>>> {
  const of = (outcome: string): ReturnType<Meter['counter']> =>
    meter.counter('pharos_registrar_requests_total', 'REGISTER requests that reached the registrar', { outcome });
  return { updated: of('updated'), fetched: of('fetched'), refused: of('refused') };
}
