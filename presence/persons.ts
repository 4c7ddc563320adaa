import type { Person } from '../pidf/data-model.ts';
import type { Note } from '../pidf/note.ts';
import type { XmlElement } from '../xml/element.ts';
import type { Contribution } from './contribution.ts';

/** A person, and the source whose word on the occurrence identifier counts. */
export interface ComposedPerson {
  readonly person: Person;
  readonly source: Contribution;
}

/**
 * There is one human behind a presentity. When several sources describe the person, the description is merged: of every
 * characteristic (activities, mood, note ...) the source that changed last is believed (RFC 4479 §3.5: "the person that most
 * recently changed can be used as the more reliable source"). A watcher that reads the first, or any, `<rpid:...>` thereby
 * reads the newest. One source alone may state as many persons as it likes: it knows why.
 *
 * @param newest  all contributions, the one that changed last first
 */
export function composePersons(newest: readonly Contribution[]): readonly ComposedPerson[] {
  const speaking = newest.filter(({ document }) => document.persons.length > 0);
  const [first] = speaking;
  if (first === undefined) return [];
  if (speaking.length === 1) return first.document.persons.map((person) => ({ person, source: first }));
  return [merged(first, speaking)];
}

function merged(first: Contribution, speaking: readonly Contribution[]): ComposedPerson {
  const extensions: XmlElement[] = [];
  const stated = new Set<string>();
  let notes: readonly Note[] = [];
  for (const { document } of speaking) {
    const own: XmlElement[] = document.persons.flatMap((person) => person.extensions);
    const fresh = own.filter((extension) => !stated.has(nameOf(extension)));
    extensions.push(...fresh);
    for (const extension of fresh) stated.add(nameOf(extension));
    if (notes.length === 0) notes = document.persons.flatMap((person) => person.notes);
  }
  const source = speaking.reduce((oldest, other) => (isOlder(other, oldest) ? other : oldest));
  const id = source.document.persons[0]?.id ?? 'person';
  return { person: { id, extensions, notes, timestamp: first.document.persons[0]?.timestamp }, source };
}

const nameOf = ({ namespace, local }: XmlElement): string => `${namespace} ${local}`;

/** Whether a source began before another; names decide between equals, so that the order of arrival does not. */
export const isOlder = (one: Contribution, other: Contribution): boolean =>
  one.createdAt !== other.createdAt ? one.createdAt < other.createdAt : one.id < other.id;
