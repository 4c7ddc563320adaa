import type { Device } from '../pidf/data-model.ts';
import type { PresenceDocument, Tuple } from '../pidf/document.ts';
import type { Note } from '../pidf/note.ts';
import type { XmlElement } from '../xml/element.ts';
import type { Contribution } from './contribution.ts';
import { createOccurrenceIds } from './occurrence-ids.ts';
import { composePersons, isOlder } from './persons.ts';

/** A part of the composed document and the source it comes from. */
interface Sourced<Part> {
  readonly part: Part;
  readonly source: Contribution;
}

/**
 * Composes what the sources of one presentity say into one document (RFC 3903 §3; ADR 0007):
 * tuples united, open ones first, then those of the source that changed last; one person, merged; a device once, from the
 * source that changed last; notes and extensions united. The result depends on the contributions only, not on their order.
 *
 * @returns undefined when there is nothing to say: the presentity is offline
 */
export function compose(entity: string, contributions: readonly Contribution[]): PresenceDocument | undefined {
  const [only] = contributions;
  if (only === undefined) return undefined;
  const newest = contributions.length === 1 ? contributions : contributions.toSorted(byChange);
  const tuples: Sourced<Tuple>[] = [];
  const notes = new Map<string, Note>();
  const extensions: XmlElement[] = [];
  for (const source of newest) {
    for (const part of source.document.tuples) tuples.push({ part, source });
    for (const note of source.document.notes) if (!notes.has(nameOf(note))) notes.set(nameOf(note), note);
    for (const extension of source.document.extensions) extensions.push(extension);
  }
  const persons = composePersons(newest).map(({ person, source }) => ({ part: person, source }));
  const devices = composeDevices(newest);
  const ids = claimIds([tuples, persons, devices]);
  return {
    entity,
    tuples: inOrder(tuples).map((tuple) => withId(tuple, ids)),
    notes: [...notes.values()],
    persons: persons.map((person) => withId(person, ids)),
    devices: devices.map((device) => withId(device, ids)),
    extensions,
  };
}

/** The one that changed last first; names decide between equals. */
export function byChange(one: Contribution, other: Contribution): number {
  if (one.changedAt !== other.changedAt) return other.changedAt - one.changedAt;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

/** Equal notes in equal languages are one. */
const nameOf = ({ text, language }: Note): string => `${language ?? ''} ${text}`;

/**
 * Open services first, closed ones last. COMPAT(baresip, 1.0; libpurple): these read the first `<basic>` and no other, and a
 * person who is open anywhere can be reached.
 */
function inOrder(tuples: readonly Sourced<Tuple>[]): readonly Sourced<Tuple>[] {
  if (tuples.length < 2) return tuples;
  const rank = ({ part }: Sourced<Tuple>): number =>
    part.status.basic === 'open' ? 0 : part.status.basic === undefined ? 1 : 2;
  return tuples.toSorted((one, other) => rank(one) - rank(other));
}

/** A device has one name everywhere (RFC 4479 §3.4), so what was last said of it counts; a source may describe it twice. */
function composeDevices(newest: readonly Contribution[]): readonly Sourced<Device>[] {
  const devices: Sourced<Device>[] = [];
  const described = new Map<string, Contribution>();
  for (const source of newest) {
    for (const part of source.document.devices) {
      const by = described.get(part.deviceId);
      if (by !== undefined && by !== source) continue;
      described.set(part.deviceId, source);
      devices.push({ part, source });
    }
  }
  return devices;
}

type Occurrence = { readonly id: string };

/** The identifiers to write, oldest source first: who was there before keeps what is known by then. */
function claimIds(kinds: readonly (readonly Sourced<Occurrence>[])[]): ReadonlyMap<Sourced<Occurrence>, string> {
  const ids = createOccurrenceIds();
  const claimed = new Map<Sourced<Occurrence>, string>();
  for (const kind of kinds) {
    const oldest = kind.length < 2 ? kind : kind.toSorted(byAge);
    for (const occurrence of oldest) claimed.set(occurrence, ids.claim(occurrence.source, occurrence.part.id));
  }
  return claimed;
}

const byAge = (one: Sourced<Occurrence>, other: Sourced<Occurrence>): number =>
  one.source === other.source ? 0 : isOlder(one.source, other.source) ? -1 : 1;

function withId<Part extends Occurrence>(
  occurrence: Sourced<Part>,
  ids: ReadonlyMap<Sourced<Occurrence>, string>,
): Part {
  const id = ids.get(occurrence) ?? occurrence.part.id;
  return id === occurrence.part.id ? occurrence.part : { ...occurrence.part, id };
}
