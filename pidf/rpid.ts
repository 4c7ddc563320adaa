import type { XmlElement, XmlNode } from '../xml/element.ts';
import { attributeOf, childNamed, element, elementsOf, textOf } from '../xml/element.ts';
import { rpidNamespace } from './namespaces.ts';

/** What a person does (RFC 4480 §3.2). */
export interface Activities {
  /** Local names of RPID's list: 'away', 'busy', 'on-the-phone'; 'other' is not among them. */
  readonly names: readonly string[];
  /** Texts of `other`. */
  readonly others: readonly string[];
  readonly notes: readonly string[];
  /** An xs:dateTime each, as written. */
  readonly from: string | undefined;
  readonly until: string | undefined;
}

/** Whether a service or device is in use (RFC 4480 §3.13). */
export interface UserInput {
  readonly state: 'active' | 'idle';
  /** Seconds, as written. */
  readonly idleThreshold: string | undefined;
  readonly lastInput: string | undefined;
}

/** The activities of a person; undefined when it states none. */
export function activitiesOf(extensions: readonly XmlElement[]): Activities | undefined {
  const found = childNamed(extensions, rpidNamespace, 'activities');
  if (found === undefined) return undefined;
  const parts = elementsOf(found).filter(({ namespace }) => namespace === rpidNamespace);
  const texts = (local: string): readonly string[] =>
    parts.filter((part) => part.local === local).map((part) => textOf(part));
  return {
    names: parts.map(({ local }) => local).filter((local) => local !== 'note' && local !== 'other'),
    others: texts('other'),
    notes: texts('note'),
    from: attributeOf(found, 'from'),
    until: attributeOf(found, 'until'),
  };
}

/** Makes the activities element of a person. */
export const activitiesElement = (names: readonly string[]): XmlElement => {
  const children: readonly XmlNode[] = names.map((name) => element(rpidNamespace, name));
  return element(rpidNamespace, 'activities', {}, children);
};

/** The class that the user gave to a service, device or person (RFC 4480 §3.3). */
export function classOf(extensions: readonly XmlElement[]): string | undefined {
  const found = childNamed(extensions, rpidNamespace, 'class');
  return found === undefined ? undefined : textOf(found);
}

/** The user-input of a service or device; undefined when it states none, or nothing that RPID knows. */
export function userInputOf(extensions: readonly XmlElement[]): UserInput | undefined {
  const found = childNamed(extensions, rpidNamespace, 'user-input');
  if (found === undefined) return undefined;
  const state = textOf(found);
  if (state !== 'active' && state !== 'idle') return undefined;
  return { state, idleThreshold: attributeOf(found, 'idle-threshold'), lastInput: attributeOf(found, 'last-input') };
}
