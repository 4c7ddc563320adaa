import type { Scope } from './namespaces.ts';

/** What stands inside an element, in order: elements and character data (references resolved, CDATA as plain text). */
export type XmlNode = XmlElement | string;

export interface XmlAttribute {
  /** '' for an attribute without prefix, which is in no namespace (Namespaces in XML §6.2). */
  readonly namespace: string;
  readonly local: string;
  /** As written; '' when there is none. A hint for the writer, no part of the name. */
  readonly prefix: string;
  readonly value: string;
}

/**
 * One element of an ordered tree. Namespace declarations are not among the attributes; they are in `scope`. Comments and
 * processing instructions are not kept. Blank text between elements is kept only where there is other text beside it.
 */
export interface XmlElement {
  /** '' for no namespace. */
  readonly namespace: string;
  readonly local: string;
  /** As written; '' when there is none. A hint for the writer, no part of the name. */
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  /** Where its start tag begins in the text that was read; -1 for an element made here. */
  readonly offset: number;
  /** The prefixes bound where it was read, for names inside its text; undefined for an element made here. */
  readonly scope: Scope | undefined;
}

const none: readonly never[] = [];

/** Makes an element that no document contained. */
export function element(
  namespace: string,
  local: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly XmlNode[] = none,
): XmlElement {
  const list = Object.entries(attributes).map(([name, value]) => attribute('', name, value));
  return { namespace, local, prefix: '', attributes: list, children, offset: -1, scope: undefined };
}

/** Makes an attribute; `prefix` is the one to write when `namespace` is not ''. */
export const attribute = (namespace: string, local: string, value: string, prefix = ''): XmlAttribute => ({
  namespace,
  local,
  prefix,
  value,
});

/** Value of the attribute without namespace of this name. */
export function attributeOf(owner: XmlElement, local: string, namespace = ''): string | undefined {
  for (const candidate of owner.attributes) {
    if (candidate.local === local && candidate.namespace === namespace) return candidate.value;
  }
  return undefined;
}

/** The text directly inside an element, without white space at either end. */
export function textOf(owner: XmlElement): string {
  const { children } = owner;
  const first = children[0];
  if (children.length === 1 && typeof first === 'string') return first.trim();
  let text = '';
  for (const child of children) if (typeof child === 'string') text += child;
  return text.trim();
}

/** The elements directly inside an element. */
export function elementsOf(owner: XmlElement): readonly XmlElement[] {
  return owner.children.filter((child): child is XmlElement => typeof child !== 'string');
}

/** The first element of this name directly inside a list of nodes. */
export function childNamed(nodes: readonly XmlNode[], namespace: string, local: string): XmlElement | undefined {
  for (const node of nodes) {
    if (typeof node !== 'string' && node.local === local && node.namespace === namespace) return node;
  }
  return undefined;
}
