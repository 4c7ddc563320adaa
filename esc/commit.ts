import { type Aor, aorFromStore } from '../kernel/aor.ts';
import { type Instant, type Seconds, seconds, secondsAfter } from '../kernel/clock.ts';
import { unreachable } from '../kernel/result.ts';
import { type Change, put, remove } from '../db/store.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import { type EntityTag, entityTagOf } from './entity-tag.ts';
import type { PublishedBody } from './package-port.ts';
import type { Publish } from './publication.ts';
import { type Publication, publicationsTable } from './tables.ts';

/** What a PUBLISH comes to: one change, the tag and lifetime to answer, and whether others want to know. */
export interface PublicationChange {
  readonly change: Change;
  readonly tag: EntityTag;
  readonly expires: Seconds;
  readonly news: boolean;
}

/** What a new publication is about. */
export interface PublicationSubject {
  readonly id: string;
  readonly eventPackage: string;
  readonly resource: Aor;
  readonly userAgent: string | undefined;
}

/** The row that a PUBLISH makes, renews or takes away (RFC 3903 §6 steps 5 and 6). */
export function decideChange(
  publish: Publish,
  subject: PublicationSubject,
  now: Instant,
  changedAt: Instant,
): PublicationChange {
  switch (publish.kind) {
    case 'initial':
      return written(
        firstVersion(publish.body, subject, secondsAfter(now, publish.expires), now, changedAt),
        undefined,
        publish.expires,
      );
    case 'refresh':
      return written(nextVersion(publish.was, secondsAfter(now, publish.expires)), publish.was, publish.expires);
    case 'modify': {
      const { was, body, expires } = publish;
      const expiresAt = secondsAfter(now, expires);
      const row = isSame(was, body)
        ? nextVersion(was, expiresAt)
        : nextVersion(was, expiresAt, body, Math.max(changedAt, was.changedAt + 1));
      return written(row, was, expires);
    }
    case 'remove': {
      const { was } = publish;
      const tag = entityTagOf({ id: was.id, tagVersion: was.tagVersion + 1 });
      return { change: remove(publicationsTable, [was.id], { was }), tag, expires: seconds(0), news: true };
    }
    default:
      return unreachable(publish);
  }
}

/** Whether a body says what is published already: then nobody is told (RFC 3903 §4.3: a refresh in effect). */
export const isSame = (was: Publication, { contentType, text }: PublishedBody): boolean =>
  was.body === text && was.contentType === contentType;

const written = (row: Publication, was: Publication | undefined, expires: Seconds): PublicationChange => ({
  change: put(publicationsTable, row, was === undefined ? 'absent' : { was }),
  tag: entityTagOf(row),
  expires,
  news: was?.changedAt !== row.changedAt,
});

const firstVersion = (
  body: PublishedBody,
  { id, eventPackage, resource, userAgent }: PublicationSubject,
  expiresAt: Instant,
  now: Instant,
  changedAt: Instant,
): Publication => ({
  id,
  eventPackage: copyText(eventPackage),
  resource: aorFromStore(copyText(resource)),
  tagVersion: 1,
  contentType: copyText(body.contentType),
  body: body.text,
  expiresAt,
  createdAt: now,
  changedAt,
  userAgent: userAgent === undefined ? null : copyText(userAgent),
});

/** The next version of a publication; member by member, since two spreads cost more than all the rest of a modify. */
const nextVersion = (was: Publication, expiresAt: Instant, body?: PublishedBody, changedAt?: number): Publication => ({
  id: was.id,
  eventPackage: was.eventPackage,
  resource: was.resource,
  tagVersion: was.tagVersion + 1,
  contentType:
    body === undefined || body.contentType === was.contentType ? was.contentType : copyText(body.contentType),
  body: body?.text ?? was.body,
  expiresAt,
  createdAt: was.createdAt,
  changedAt: changedAt ?? was.changedAt,
  userAgent: was.userAgent,
});
