import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { XmlElement } from '../xml/element.ts';
import { attributeOf, textOf } from '../xml/element.ts';
import { placeOf } from '../xml/fault.ts';
import { xmlNamespace } from '../xml/namespaces.ts';
import type { XmlDocument } from '../xml/read.ts';
import { readXml } from '../xml/read.ts';
import type { Device, Person } from './data-model.ts';
import type { Basic, Contact, PresenceDocument, Status, Tuple } from './document.ts';
import type { PidfFault } from './fault.ts';
import { dataModelNamespace, pidfNamespace } from './namespaces.ts';
import type { Note } from './note.ts';

/** What is wrong with an element, before its place is counted out. */
interface Flaw {
  readonly flaw: string;
  readonly where: XmlElement;
}

const flawed = (where: XmlElement, flaw: string): Flaw => ({ flaw, where });

/**
 * Reads a presence document. Order among the parts is not insisted on; elements in the PIDF namespaces that the schemas do
 * not know are left out; elements of every other namespace are kept whole.
 *
 * @fault malformed | forbidden | too-large | encoding | schema, naming the place
 * @rfc 3863 §4.4; 4479 §6
 */
export function readPidf(bytes: Buffer): Result<PresenceDocument, PidfFault> {
  const read = readXml(bytes);
  if (!read.ok) {
    const { kind, text, line, column } = read.fault;
    return fail({ kind, text: `${text} at ${String(line)}:${String(column)}` });
  }
  return presenceOf(read.value);
}

/** Takes a presence document out of a tree that was read. */
export function presenceOf(source: XmlDocument): Result<PresenceDocument, PidfFault> {
  const document = presence(source.root);
  if (!('flaw' in document)) return ok(document);
  const { line, column } = placeOf(source.text, document.where.offset);
  return fail({ kind: 'schema', text: `${document.flaw} at ${String(line)}:${String(column)}` });
}

function presence(root: XmlElement): PresenceDocument | Flaw {
  if (root.namespace !== pidfNamespace || root.local !== 'presence')
    return flawed(root, 'the root element is not presence of urn:ietf:params:xml:ns:pidf');
  const entity = attributeOf(root, 'entity')?.trim();
  if (entity === undefined || entity === '') return flawed(root, 'presence without entity');
  const tuples: Tuple[] = [];
  const notes: Note[] = [];
  const persons: Person[] = [];
  const devices: Device[] = [];
  const extensions: XmlElement[] = [];
  for (const child of root.children) {
    if (typeof child === 'string') continue;
    const flaw =
      child.namespace === pidfNamespace
        ? pidfPart(child, tuples, notes)
        : dataModelPart(child, persons, devices, extensions);
    if (flaw !== undefined) return flaw;
  }
  return { entity, tuples, notes, persons, devices, extensions };
}

function pidfPart(child: XmlElement, tuples: Tuple[], notes: Note[]): Flaw | undefined {
  if (child.local === 'note') notes.push(noteOf(child));
  if (child.local !== 'tuple') return undefined;
  const tuple = tupleOf(child);
  if ('flaw' in tuple) return tuple;
  tuples.push(tuple);
  return undefined;
}

function dataModelPart(
  child: XmlElement,
  persons: Person[],
  devices: Device[],
  extensions: XmlElement[],
): Flaw | undefined {
  if (child.namespace !== dataModelNamespace) {
    extensions.push(child);
    return undefined;
  }
  if (child.local === 'person') {
    const person = personOf(child);
    if ('flaw' in person) return person;
    persons.push(person);
  } else if (child.local === 'device') {
    const device = deviceOf(child);
    if ('flaw' in device) return device;
    devices.push(device);
  }
  return undefined;
}

/** Parts that tuples, persons and devices have alike: gathered in one pass over the children. */
interface Parts {
  readonly extensions: XmlElement[];
  readonly notes: Note[];
  readonly known: XmlElement[];
  timestamp: string | undefined;
}

/**
 * @param own    the namespace whose note and timestamp these are
 * @param known  local names of that namespace to be gathered besides
 */
function partsOf(owner: XmlElement, own: string, known: readonly string[]): Parts | Flaw {
  const parts: Parts = { extensions: [], notes: [], known: [], timestamp: undefined };
  for (const child of owner.children) {
    if (typeof child === 'string') continue;
    if (child.namespace !== own) {
      // A tuple holds deviceID, which is of the data model; a device holds no PIDF elements.
      if (child.namespace !== pidfNamespace) parts.extensions.push(child);
    } else if (child.local === 'note') parts.notes.push(noteOf(child));
    else if (child.local === 'timestamp') {
      const timestamp = textOf(child);
      if (!isDateTime(timestamp)) return flawed(child, 'timestamp is no date and time');
      if (parts.timestamp !== undefined) return flawed(child, 'a second timestamp');
      parts.timestamp = timestamp;
    } else if (known.includes(child.local)) {
      if (parts.known.some(({ local }) => local === child.local)) return flawed(child, `a second ${child.local}`);
      parts.known.push(child);
    }
  }
  return parts;
}

const tupleParts = ['status', 'contact'];

function tupleOf(owner: XmlElement): Tuple | Flaw {
  const id = idOf(owner);
  if (id === undefined) return flawed(owner, 'tuple without id');
  const parts = partsOf(owner, pidfNamespace, tupleParts);
  if ('flaw' in parts) return parts;
  let status: Status | undefined;
  let contact: Contact | undefined;
  for (const part of parts.known) {
    if (part.local === 'status') {
      const found = statusOf(part);
      if ('flaw' in found) return found;
      status = found;
    } else {
      const found = contactOf(part);
      if (found !== undefined && 'flaw' in found) return found;
      contact = found;
    }
  }
  if (status === undefined) return flawed(owner, 'tuple without status');
  return { id, status, contact, notes: parts.notes, timestamp: parts.timestamp, extensions: parts.extensions };
}

/** COMPAT(baresip, 0.4 to 1.0): before its user set a status it publishes this (once misspelt), and means no basic status. */
const unsaid: ReadonlySet<string> = new Set(['unknown', 'unkown']);

function statusOf(owner: XmlElement): Status | Flaw {
  let basic: Basic | undefined;
  const extensions: XmlElement[] = [];
  for (const child of owner.children) {
    if (typeof child === 'string') continue;
    if (child.namespace !== pidfNamespace) {
      extensions.push(child);
      continue;
    }
    if (child.local !== 'basic') continue;
    if (basic !== undefined) return flawed(child, 'a second basic');
    const value = textOf(child);
    if (unsaid.has(value)) continue;
    if (value !== 'open' && value !== 'closed') return flawed(child, 'basic is neither open nor closed');
    basic = value;
  }
  return { basic, extensions };
}

/** RFC 3863 §4.1.5; an empty contact says as much as none. */
function contactOf(owner: XmlElement): Contact | Flaw | undefined {
  const uri = textOf(owner);
  const written = attributeOf(owner, 'priority')?.trim();
  if (written === undefined) return uri === '' ? undefined : { uri, priority: undefined };
  const priority = priorityOf(written);
  if (priority === undefined) return flawed(owner, 'contact priority is no number from 0 to 1');
  return uri === '' ? undefined : { uri, priority };
}

/** The qvalue as the schema has it; one written with more digits or without a leading 0 is put right. */
function priorityOf(written: string): string | undefined {
  if (/^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(written)) return written;
  if (!/^\+?[0-9]{0,4}(?:\.[0-9]{0,16})?$/.test(written)) return undefined;
  const value = Number.parseFloat(written);
  return value >= 0 && value <= 1 ? String(Math.round(value * 1000) / 1000) : undefined;
}

function personOf(owner: XmlElement): Person | Flaw {
  const id = idOf(owner);
  if (id === undefined) return flawed(owner, 'person without id');
  const parts = partsOf(owner, dataModelNamespace, []);
  if ('flaw' in parts) return parts;
  return { id, extensions: parts.extensions, notes: parts.notes, timestamp: parts.timestamp };
}

function deviceOf(owner: XmlElement): Device | Flaw {
  const id = idOf(owner);
  if (id === undefined) return flawed(owner, 'device without id');
  const parts = partsOf(owner, dataModelNamespace, ['deviceID']);
  if ('flaw' in parts) return parts;
  const [deviceId] = parts.known;
  if (deviceId === undefined) return flawed(owner, 'device without deviceID');
  return {
    id,
    deviceId: textOf(deviceId),
    extensions: parts.extensions,
    notes: parts.notes,
    timestamp: parts.timestamp,
  };
}

/** Ids that begin with a digit are no xs:ID, but phones send them and RFC 4660 prints them: taken as they are. */
function idOf(owner: XmlElement): string | undefined {
  const id = attributeOf(owner, 'id')?.trim();
  return id === '' ? undefined : id;
}

const noteOf = (owner: XmlElement): Note => ({
  text: textOf(owner),
  language: attributeOf(owner, 'lang', xmlNamespace),
});

/** xs:dateTime, as far as a pattern can say; its parts are checked against their ranges. */
function isDateTime(text: string): boolean {
  const found =
    /^-?[0-9]{4,9}-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,12})?(?:Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(
      text,
    );
  if (found === null) return false;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60;
}
