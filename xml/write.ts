import { unlawful } from './characters.ts';
import type { XmlAttribute, XmlElement } from './element.ts';
import { namespaceOf, xmlNamespace } from './namespaces.ts';

/** How a document names its namespaces. */
export interface Prefixes {
  /** Declared without prefix. */
  readonly default: string;
  /** Namespace to the one prefix it is always written with. */
  readonly fixed: ReadonlyMap<string, string>;
}

/**
 * The namespaces of one document in the order of their declarations. Maps, since a hostile publisher may use thousands; a
 * class, since one is made for every document written.
 */
class Declarations {
  /** Namespace to the prefix its names are written with. */
  readonly prefixes = new Map<string, string>();
  /** Prefix to namespace: all that is declared. */
  readonly namespaces = new Map<string, string>();
  readonly policy: Prefixes;
  private readonly reserved: ReadonlySet<string>;
  private number = 0;

  constructor(policy: Prefixes, reserved: ReadonlySet<string>) {
    this.policy = policy;
    this.reserved = reserved;
  }

  /** The prefix of a namespace that is not the default one; the wish is granted when it is free. */
  prefix(namespace: string, wish: string): string {
    const known = this.prefixes.get(namespace);
    if (known !== undefined) return known;
    const chosen = this.policy.fixed.get(namespace) ?? this.free(wish);
    this.declare(chosen, namespace);
    return chosen;
  }

  /** Binds a prefix that stands inside text, where it cannot be changed; not possible when it means something else. */
  bind(prefix: string, namespace: string): void {
    if (this.namespaces.has(prefix)) return;
    if (this.reserved.has(prefix) && this.policy.fixed.get(namespace) !== prefix) return;
    this.declare(prefix, namespace);
  }

  private declare(prefix: string, namespace: string): void {
    this.namespaces.set(prefix, namespace);
    if (!this.prefixes.has(namespace)) this.prefixes.set(namespace, prefix);
  }

  private free(wish: string): string {
    let prefix = wish;
    while (!this.isFree(prefix)) {
      this.number += 1;
      prefix = `ns${String(this.number)}`;
    }
    return prefix;
  }

  private isFree(prefix: string): boolean {
    if (prefix === '' || prefix.toLowerCase().startsWith('xml')) return false;
    return !this.namespaces.has(prefix) && !this.reserved.has(prefix);
  }
}

/** A value that may be a qualified name, as in `xsi:type="p:kind"`. */
const qualifiedName = /^\s*([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*$/;

/** Collects the namespaces of an element and what it contains, in document order. */
function collect(owner: XmlElement, declared: Declarations): void {
  if (owner.namespace !== declared.policy.default && owner.namespace !== '')
    declared.prefix(owner.namespace, owner.prefix);
  for (const { namespace, prefix, value } of owner.attributes) {
    if (namespace !== '' && namespace !== xmlNamespace) declared.prefix(namespace, prefix);
    if (owner.scope !== undefined && value.includes(':')) bindInside(value, owner, declared);
  }
  for (const child of owner.children) {
    if (typeof child !== 'string') collect(child, declared);
    else if (owner.scope !== undefined && child.includes(':')) bindInside(child, owner, declared);
  }
}

function bindInside(value: string, owner: XmlElement, declared: Declarations): void {
  const prefix = qualifiedName.exec(value)?.[1];
  const namespace = prefix === undefined ? undefined : namespaceOf(owner.scope, prefix);
  if (prefix !== undefined && namespace !== undefined && namespace !== xmlNamespace) declared.bind(prefix, namespace);
}

/**
 * Writes a document: all namespaces declared at the root, no white space added, the same bytes for the same tree. Prefixes
 * follow the policy; a foreign namespace keeps the one it was read with when that is free.
 */
export function createXmlWriter(policy: Prefixes): (root: XmlElement) => string {
  const reserved = new Set(policy.fixed.values());
  return (root) => {
    const declared = new Declarations(policy, reserved);
    collect(root, declared);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement(root, declared, declarationText(declared), policy.default)}`;
  };
}

function declarationText(declared: Declarations): string {
  let text = declared.policy.default === '' ? '' : ` xmlns="${escapeValue(declared.policy.default)}"`;
  for (const [prefix, namespace] of declared.namespaces) text += ` xmlns:${prefix}="${escapeValue(namespace)}"`;
  return text;
}

/** @param inForce  the default namespace where the element stands; it differs from the root's below an element without namespace */
function writeElement(owner: XmlElement, declared: Declarations, extra: string, inForce: string): string {
  const { namespace, children } = owner;
  let here = inForce;
  let text = extra;
  let name = owner.local;
  if (namespace === '' || namespace === declared.policy.default) {
    if (namespace !== inForce) text += ` xmlns="${escapeValue(namespace)}"`;
    here = namespace;
  } else name = `${declared.prefix(namespace, owner.prefix)}:${name}`;
  for (const item of owner.attributes) text += ` ${attributeName(item, declared)}="${escapeValue(item.value)}"`;
  if (children.length === 0) return `<${name}${text}/>`;
  let content = '';
  for (const child of children)
    content += typeof child === 'string' ? escapeText(child) : writeElement(child, declared, '', here);
  return `<${name}${text}>${content}</${name}>`;
}

function attributeName(item: XmlAttribute, declared: Declarations): string {
  if (item.namespace === '') return item.local;
  if (item.namespace === xmlNamespace) return `xml:${item.local}`;
  return `${declared.prefix(item.namespace, item.prefix)}:${item.local}`;
}

/** What must not stand in text as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const special = /[&<>"\u0000-\u001f\ufffe\uffff]/;

/** Character data (XML 1.0 §2.4); a carriage return is written so that it is read as one. */
export function escapeText(text: string): string {
  if (!special.test(text)) return text;
  return lawful(text).replace(/[&<>\r]/g, (found) =>
    found === '&' ? '&amp;' : found === '<' ? '&lt;' : found === '>' ? '&gt;' : '&#13;',
  );
}

/** An attribute value between double quotes; white space is written so that it is not normalized (XML 1.0 §3.3.3). */
export function escapeValue(text: string): string {
  if (!special.test(text)) return text;
  return lawful(text).replace(/[&<"\t\n\r]/g, (found) =>
    found === '&' ? '&amp;' : found === '<' ? '&lt;' : found === '"' ? '&quot;' : `&#${String(found.charCodeAt(0))};`,
  );
}

const everyUnlawful = new RegExp(unlawful.source, 'g');

/** What XML cannot carry at all becomes U+FFFD. */
const lawful = (text: string): string => (unlawful.test(text) ? text.replace(everyUnlawful, '\ufffd') : text);
