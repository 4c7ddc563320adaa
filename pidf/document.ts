import type { XmlElement } from '../xml/element.ts';
import type { Device, Person } from './data-model.ts';
import type { Note } from './note.ts';

/** A presence document (RFC 3863 §4.1, RFC 4479 §3) as a value. `extensions` are elements of other namespaces, untouched. */
export interface PresenceDocument {
  /** The presentity as written: `sip:`, `pres:` or any URI. */
  readonly entity: string;
  readonly tuples: readonly Tuple[];
  readonly notes: readonly Note[];
  readonly persons: readonly Person[];
  readonly devices: readonly Device[];
  readonly extensions: readonly XmlElement[];
}

/** The part of a status that every watcher understands (RFC 3863 §4.1.4). */
export type Basic = 'open' | 'closed';

/** One service of the presentity (RFC 3863 §4.1.2, RFC 4479 §3.3). */
export interface Tuple {
  /** Occurrence identifier, unique in the document. */
  readonly id: string;
  readonly status: Status;
  readonly contact: Contact | undefined;
  readonly notes: readonly Note[];
  /** An xs:dateTime, as written. */
  readonly timestamp: string | undefined;
  /** Among them deviceID, RPID and capabilities. */
  readonly extensions: readonly XmlElement[];
}

export interface Status {
  readonly basic: Basic | undefined;
  readonly extensions: readonly XmlElement[];
}

export interface Contact {
  readonly uri: string;
  /** A decimal from 0 to 1 with at most three digits after the point, as written (RFC 3863 §4.1.5). */
  readonly priority: string | undefined;
}

const none: readonly never[] = [];

/**
 * What is told of somebody of whom nothing is published, or of whom the watcher must not know more: one closed service
 * (RFC 3856 §6.6.2). There is one shape only, so that the two cannot be told apart.
 */
export const closedDocument = (entity: string): PresenceDocument => ({
  entity,
  tuples: [
    {
      id: 'offline',
      status: { basic: 'closed', extensions: none },
      contact: undefined,
      notes: none,
      timestamp: undefined,
      extensions: none,
    },
  ],
  notes: none,
  persons: none,
  devices: none,
  extensions: none,
});
