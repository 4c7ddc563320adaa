import type { XmlElement } from '../xml/element.ts';
import { element, textOf } from '../xml/element.ts';
import { dataModelNamespace } from './namespaces.ts';
import type { Note } from './note.ts';

/** The human user (RFC 4479 §3.2). */
export interface Person {
  /** Occurrence identifier, unique in the document. */
  readonly id: string;
  /** Characteristics and status: RPID, CIPID and others. */
  readonly extensions: readonly XmlElement[];
  readonly notes: readonly Note[];
  readonly timestamp: string | undefined;
}

/** A physical device (RFC 4479 §3.4). */
export interface Device {
  /** Occurrence identifier, unique in the document. */
  readonly id: string;
  /** The URN that names the device everywhere. */
  readonly deviceId: string;
  readonly extensions: readonly XmlElement[];
  readonly notes: readonly Note[];
  readonly timestamp: string | undefined;
}

/** The devices that a service runs on (RFC 4479 §3.3): the deviceID elements of a tuple. */
export function deviceIdsOf(extensions: readonly XmlElement[]): readonly string[] {
  return extensions
    .filter(({ namespace, local }) => namespace === dataModelNamespace && local === 'deviceID')
    .map((found) => textOf(found));
}

/** The element by which a service names its device. */
export const deviceIdElement = (deviceId: string): XmlElement =>
  element(dataModelNamespace, 'deviceID', {}, [deviceId]);
