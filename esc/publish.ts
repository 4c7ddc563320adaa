import type { Aor } from '../kernel/aor.ts';
import { type Clock, type Instant, instant, seconds, type Tokens } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Counter, Meter } from '../kernel/meter.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import type { Store, StoreFault } from '../db/store.ts';
import type { Answer, Handler, Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import {
  badEvent,
  badRequest,
  conditionalRequestFailed,
  forbidden,
  notFound,
  serviceUnavailable,
} from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { parseEvent } from '../sip-stack/wire/event.ts';
import type { Headers } from '../sip-stack/wire/message.ts';
import { decideChange, isSame, type PublicationSubject } from './commit.ts';
import { entityTagOf, mintPublicationId, publicationIdIn } from './entity-tag.ts';
import type { PublishedPackage, PublishedPackages } from './package-port.ts';
import type { Presentities } from './presentities.ts';
import { type Publish, readPublish } from './publication.ts';
import { livePublications } from './publications.ts';
import type { EscConfig } from './settings.ts';
import { type Publication, publicationsTable } from './tables.ts';

export interface PublishDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly packages: PublishedPackages;
  readonly presentities: Presentities;
}

/** Decisions made anew when another changed the same publication meanwhile. */
const attemptsMax = 3;
/** Told to a client when there is no room for its publication, or the storage cannot take it. */
const retryAfter = seconds(60);
const retrySoon = seconds(5);

type Published = NonNullable<PublishedPackage['publication']>;

/** A PUBLISH that has passed the checks which do not depend on what is stored. */
interface Asked {
  readonly resource: Aor;
  readonly eventPackage: string;
  readonly publication: Published;
  /** SIP-If-Match; undefined when absent. */
  readonly tag: string | undefined;
}

/** Handles PUBLISH: the event state compositor (RFC 3903 §6). */
export function createPublish(deps: PublishDeps, config: EscConfig): Handler {
  const count = createCount(deps.meter);
  const changeTime = createChangeTime(deps.clock);

  return async (incoming) => {
    const asked = admit(incoming, deps);
    if (!asked.ok) return refused(count.refused, asked.fault);
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const now = deps.clock.now();
      const read = decide(incoming, asked.value, deps, config, now);
      if (!read.ok) return refused(count.refused, read.fault);
      const publish = read.value;
      const subject = subjectOf(publish, asked.value, incoming, deps.tokens);
      const { change, tag, expires, news } = decideChange(publish, subject, now, changeTime());
      const committed = await deps.store.transact([change], news ? [newsOf(asked.value)] : none);
      if (committed.ok) {
        count[publish.kind].add();
        return {
          reply: {
            status: 200,
            headers: [
              ['SIP-ETag', tag],
              ['Expires', String(expires)],
            ],
          },
        };
      }
      if (committed.fault !== 'conflict')
        return refused(count.refused, notStored(deps.log, asked.value, committed.fault));
    }
    return refused(count.refused, notStored(deps.log, asked.value, 'conflict'));
  };
}

/** Whose state of which package is published, if the sender may (RFC 3903 §6 steps 1 to 3). */
function admit({ uri, request, identity }: IncomingRequest, deps: PublishDeps): Result<Asked, Refusal> {
  const resource = deps.presentities.localAor(uri);
  if (resource === undefined) return fail(notFound());
  if (!speaksFor(identity, resource)) return fail(forbidden());
  if (!deps.presentities.has(resource)) return fail(notFound());
  const event = readEvent(request.headers, deps.packages);
  if (!event.ok) return event;
  // That the header stands only once is known by now (wire/validate.ts).
  const tag = request.headers.first('sip-if-match');
  if (tag === '' || tag?.includes(',') === true) {
    return fail(badRequest('SIP-If-Match Must Have One Entity-Tag'));
  }
  return ok({ resource, ...event.value, tag });
}

const speaksFor = (identity: Identity, aor: Aor): boolean => identity.kind !== 'anonymous' && identity.aor === aor;

/** The package, when it can be published; an absent Event is a bad one (RFC 3903 §6 step 2). */
function readEvent(
  headers: Headers,
  packages: PublishedPackages,
): Result<{ readonly eventPackage: string; readonly publication: Published }, Refusal> {
  const written = headers.first('event');
  if (written === undefined) return fail(badEvent(publishable(packages)));
  const event = parseEvent(written);
  if (!event.ok) return fail(badRequest(event.fault));
  const found = packages.find(event.value.name);
  if (found?.publication === undefined) return fail(badEvent(publishable(packages)));
  return ok({ eventPackage: found.name, publication: found.publication });
}

const publishable = (packages: PublishedPackages): readonly string[] =>
  packages.all.filter(({ publication }) => publication !== undefined).map(({ name }) => name);

/** Tells the operation and judges it against what is stored (RFC 3903 §6 steps 3 to 5). */
function decide(
  { request }: IncomingRequest,
  { resource, eventPackage, publication, tag }: Asked,
  { store }: PublishDeps,
  config: EscConfig,
  now: Instant,
): Result<Publish, Refusal> {
  const was = tag === undefined ? undefined : find(store, tag, eventPackage, resource, now);
  if (tag !== undefined && was === undefined) return fail(conditionalRequestFailed());
  const read = readPublish(request, was, publication, config);
  if (!read.ok) return read;
  const publish = read.value;
  if (publish.kind !== 'initial' && publish.kind !== 'modify') return read;
  // What is stored already was good when it came.
  const fault = was !== undefined && isSame(was, publish.body) ? undefined : publication.check(resource, publish.body);
  if (fault !== undefined) return fail(fault);
  if (publish.kind === 'initial' && isFull(store, eventPackage, resource, config, now)) {
    return fail(serviceUnavailable(retryAfter, 'Too Many Publications'));
  }
  return read;
}

/** The live publication that a tag names, of this resource and package and no other (RFC 3903 §6 step 3). */
function find(store: Store, tag: string, eventPackage: string, resource: Aor, now: Instant): Publication | undefined {
  const found = store.get(publicationsTable, [publicationIdIn(tag)]);
  if (found === undefined || entityTagOf(found) !== tag || found.expiresAt <= now) return undefined;
  return found.eventPackage === eventPackage && found.resource === resource ? found : undefined;
}

function isFull(store: Store, eventPackage: string, resource: Aor, config: EscConfig, now: Instant): boolean {
  const most = config.publicationsPerResourceMax;
  if (store.count(publicationsTable, 'byResource', [eventPackage, resource]) < most) return false;
  return livePublications(store, eventPackage, resource, now).length >= most;
}

function subjectOf(
  publish: Publish,
  { eventPackage, resource }: Asked,
  { request }: IncomingRequest,
  tokens: Tokens,
): PublicationSubject {
  const id = publish.kind === 'initial' ? mintPublicationId(tokens) : publish.was.id;
  return { id, eventPackage, resource, userAgent: request.headers.first('user-agent') };
}

/** The time of a change, never the same twice, so that it orders the changes of this server. */
function createChangeTime(clock: Clock): () => Instant {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now());
    return instant(last);
  };
}

const none: readonly StateChange[] = [];
const newsOf = ({ eventPackage, resource }: Asked): StateChange => ({ eventPackage, resource });

function notStored(log: Log, { eventPackage, resource }: Asked, fault: StoreFault): Refusal {
  log.warn('publication-not-stored', { eventPackage, resource, fault });
  return serviceUnavailable(retrySoon);
}

function refused(count: Counter, refusal: Refusal): Answer {
  count.add();
  return { reply: refusal };
}

function createCount(meter: Meter): Readonly<Record<Publish['kind'] | 'refused', Counter>> {
  const of = (outcome: string): Counter =>
    meter.counter('pharos_esc_requests_total', 'PUBLISH requests that reached the compositor, by outcome', { outcome });
  return {
    initial: of('initial'),
    refresh: of('refresh'),
    modify: of('modify'),
    remove: of('remove'),
    refused: of('refused'),
  };
}
