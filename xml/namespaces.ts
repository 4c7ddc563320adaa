/** The namespace of `xml:lang` and its like, bound without declaration (Namespaces in XML §3). */
export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
/** The namespace of declarations themselves; nothing may be bound to it. */
export const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/**
 * The declarations in force at a place, innermost first. A linked list, because elements share nearly all of it; its length
 * is bounded (`limits.xmlDeclarationsMax`), so that looking a prefix up is.
 */
export interface Scope {
  /** '' for the default namespace. */
  readonly prefix: string;
  readonly namespace: string;
  readonly outer: Scope | undefined;
  readonly length: number;
}

/** What is in force at the root of every document. */
export const rootScope: Scope = { prefix: 'xml', namespace: xmlNamespace, outer: undefined, length: 1 };

export const declare = (outer: Scope, prefix: string, namespace: string): Scope => ({
  prefix,
  namespace,
  outer,
  length: outer.length + 1,
});

/** The namespace that a prefix stands for at a place; undefined when it is not bound. */
export function namespaceOf(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.namespace;
  return undefined;
}

/**
 * Whether a declaration is lawful (Namespaces in XML 1.0 §3): `xml` and `xmlns` keep their meaning, nothing else gets
 * theirs, and a prefix cannot be undeclared.
 */
export function mayDeclare(prefix: string, namespace: string): boolean {
  if (prefix === 'xmlns' || namespace === xmlnsNamespace) return false;
  if ((prefix === 'xml') !== (namespace === xmlNamespace)) return false;
  return prefix === '' || namespace !== '';
}
