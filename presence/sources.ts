import type { Aor } from '../kernel/aor.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Bodies } from './bodies.ts';
import type { Contribution } from './contribution.ts';
import { fitting } from './fitting.ts';

/** One publication as the event state compositor keeps it. */
export interface PublishedState {
  /** Names the publication for as long as it lives, through all its entity-tags; secret. */
  readonly id: string;
  readonly contentType: string;
  /** The published bytes, one character each (latin1). */
  readonly body: string;
  readonly createdAt: number;
  /** When the body last became another. */
  readonly changedAt: number;
}

/** Who keeps what was published; answered by esc/publications. */
export interface Publications {
  /** Publications that live now. */
  of(eventPackage: string, resource: Aor): readonly PublishedState[];
}

/** One publication understood. A refresh makes another row of it; its body and its time of change stay. */
interface Understood {
  readonly published: PublishedState;
  readonly contribution: Contribution | undefined;
}

/** What all publications of one presentity said when they were last looked at. */
export interface Gathered {
  readonly parts: readonly Understood[];
  readonly contributions: readonly Contribution[];
}

export interface Sources {
  /** @param before  the last answer for this presentity; returned itself when nothing has changed since */
  gather(resource: Aor, before: Gathered | undefined): Gathered;
}

/** The sources of presence: publications of the presence package. */
export function createSources(deps: {
  readonly publications: Publications;
  readonly bodies: Bodies;
  readonly log: Log;
  readonly composedBytesMax?: number;
}): Sources {
  const { log, composedBytesMax = limits.composedBytesMax } = deps;
  const understand = (resource: Aor, published: PublishedState): Understood => {
    const read = deps.bodies.read(published.body);
    if (read.ok) {
      const { id, createdAt, changedAt, body } = published;
      const publishedBytes = body.length;
      return { published, contribution: { id, createdAt, changedAt, publishedBytes, document: read.value } };
    }
    // It was good when it was published: another release of this server took it, or somebody edited the database.
    log.warn('publication-not-understood', { resource, fault: read.fault.text });
    return { published, contribution: undefined };
  };

  return {
    gather(resource, before) {
      const rows = deps.publications.of('presence', resource);
      if (before !== undefined && before.parts.length === rows.length) {
        if (before.parts.every((part, at) => saysTheSame(part.published, rows[at]))) return before;
      }
      const parts = rows.map((row) => {
        const known = before?.parts.find((part) => saysTheSame(part.published, row));
        return known ?? understand(resource, row);
      });
      const contributions: Contribution[] = [];
      for (const { contribution } of parts) if (contribution !== undefined) contributions.push(contribution);
      const shown = fitting(contributions, composedBytesMax);
      const leftOut = contributions.length - shown.length;
      if (leftOut > 0) log.warn('publications-left-out', { resource, shown: shown.length, leftOut, composedBytesMax });
      return { parts, contributions: shown };
    },
  };
}

function saysTheSame(one: PublishedState, other: PublishedState | undefined): boolean {
  if (one === other) return true;
  if (other === undefined || one.id !== other.id) return false;
  return one.changedAt === other.changedAt && one.body === other.body;
}
