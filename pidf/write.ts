import type { XmlAttribute, XmlElement, XmlNode } from '../xml/element.ts';
import { attribute } from '../xml/element.ts';
import { xmlNamespace } from '../xml/namespaces.ts';
import { createXmlWriter } from '../xml/write.ts';
import type { Device, Person } from './data-model.ts';
import type { Contact, PresenceDocument, Tuple } from './document.ts';
import { dataModelNamespace, pidfNamespace, pidfPrefixes } from './namespaces.ts';
import type { Note } from './note.ts';

const write = createXmlWriter(pidfPrefixes);

/** Media type of what `writePidf` writes (RFC 3863 §4.5). */
export const pidfMediaType = 'application/pidf+xml';

/** Writes a presence document: parts in the order of the schemas, the same bytes for the same value (RFC 3863 §4.4). */
export const writePidf = (document: PresenceDocument): Buffer => Buffer.from(write(presenceElement(document)), 'utf8');

/**
 * How long a document may become when it is read and written again: a quotation mark in an attribute value grows most, and the
 * namespaces are declared once more.
 */
export const pidfBytesMax = (bytes: number): number => 6 * bytes + 1024;

/** The tree of a presence document, for those who go on working with it. */
export function presenceElement(document: PresenceDocument): XmlElement {
  const children: XmlNode[] = [];
  for (const tuple of document.tuples) children.push(tupleElement(tuple));
  for (const note of document.notes) children.push(noteElement(pidfNamespace, note));
  for (const person of document.persons) children.push(personElement(person));
  for (const device of document.devices) children.push(deviceElement(device));
  for (const extension of document.extensions) children.push(extension);
  return made(pidfNamespace, 'presence', children, [attribute('', 'entity', document.entity)]);
}

const noAttributes: readonly XmlAttribute[] = [];

const made = (
  namespace: string,
  local: string,
  children: readonly XmlNode[],
  attributes: readonly XmlAttribute[] = noAttributes,
): XmlElement => ({ namespace, local, prefix: '', attributes, children, offset: -1, scope: undefined });

function tupleElement({ id, status, contact, notes, timestamp, extensions }: Tuple): XmlElement {
  const basic = status.basic === undefined ? [] : [made(pidfNamespace, 'basic', [status.basic])];
  const inStatus: readonly XmlNode[] = status.extensions.length === 0 ? basic : [...basic, ...status.extensions];
  const children: XmlNode[] = [made(pidfNamespace, 'status', inStatus)];
  for (const extension of extensions) children.push(extension);
  if (contact !== undefined) children.push(contactElement(contact));
  addNotesAndTime(children, pidfNamespace, notes, timestamp);
  return made(pidfNamespace, 'tuple', children, [attribute('', 'id', id)]);
}

const contactElement = ({ uri, priority }: Contact): XmlElement =>
  made(pidfNamespace, 'contact', [uri], priority === undefined ? noAttributes : [attribute('', 'priority', priority)]);

function personElement({ id, extensions, notes, timestamp }: Person): XmlElement {
  const children: XmlNode[] = [...extensions];
  addNotesAndTime(children, dataModelNamespace, notes, timestamp);
  return made(dataModelNamespace, 'person', children, [attribute('', 'id', id)]);
}

function deviceElement({ id, deviceId, extensions, notes, timestamp }: Device): XmlElement {
  const children: XmlNode[] = [...extensions, made(dataModelNamespace, 'deviceID', [deviceId])];
  addNotesAndTime(children, dataModelNamespace, notes, timestamp);
  return made(dataModelNamespace, 'device', children, [attribute('', 'id', id)]);
}

function addNotesAndTime(
  children: XmlNode[],
  namespace: string,
  notes: readonly Note[],
  timestamp: string | undefined,
): void {
  for (const note of notes) children.push(noteElement(namespace, note));
  if (timestamp !== undefined) children.push(made(namespace, 'timestamp', [timestamp]));
}

const noteElement = (namespace: string, { text, language }: Note): XmlElement =>
  made(
    namespace,
    'note',
    text === '' ? [] : [text],
    language === undefined ? noAttributes : [attribute(xmlNamespace, 'lang', language)],
  );
