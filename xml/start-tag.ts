import { limits } from '../kernel/limits.ts';
import { startsName } from './characters.ts';
import type { XmlAttribute, XmlElement, XmlNode } from './element.ts';
import type { FaultAt } from './fault.ts';
import { faultAt, shown } from './fault.ts';
import type { Scope } from './namespaces.ts';
import { declare, mayDeclare, namespaceOf } from './namespaces.ts';

/** An element under construction: its children still come. */
export interface Growing extends XmlElement {
  readonly children: XmlNode[];
  readonly scope: Scope;
}

/** A start tag as it is written, before its names mean anything. One is filled again and again while a document is read. */
export interface StartTag {
  name: string;
  /** Where its `<` is. */
  offset: number;
  /** Names and values of its attributes, declarations among them, in order; only the first `count` count. */
  readonly names: string[];
  readonly values: string[];
  count: number;
}

const none: readonly XmlAttribute[] = [];

/**
 * Makes the element of a start tag, its names resolved (Namespaces in XML 1.0 §6).
 *
 * @param outer  the declarations in force around it
 */
export function elementOf(tag: StartTag, outer: Scope): Growing | FaultAt {
  const { name, offset, count } = tag;
  let scope = outer;
  let plain = count;
  for (let at = 0; at < count; at += 1) {
    const key = tag.names[at] ?? '';
    if (!isDeclaration(key)) continue;
    plain -= 1;
    const declared = declaredBy(key, tag.values[at] ?? '', scope, offset);
    if ('kind' in declared) return declared;
    scope = declared;
  }
  if (plain < count && isDeclaredTwice(tag)) return faultAt(offset, `an attribute of ${shown(name)} is given twice`);
  const attributes = plain === 0 ? none : attributesOf(tag, scope);
  if ('kind' in attributes) return attributes;
  const colon = name.indexOf(':');
  const prefix = colon === -1 ? '' : name.slice(0, colon);
  const local = colon === -1 ? name : name.slice(colon + 1);
  const namespace = namespaceOf(scope, prefix);
  const unlawful = unlawfulName(name, colon, namespace !== undefined || prefix === '');
  if (unlawful !== undefined) return faultAt(offset, unlawful);
  return { namespace: namespace ?? '', local, prefix, attributes, children: [], offset, scope };
}

/** `xmlns`, or `xmlns:` and a prefix. */
const isDeclaration = (name: string): boolean =>
  name.startsWith('xmlns') && (name.length === 5 || name.charCodeAt(5) === 58);

function declaredBy(name: string, namespace: string, outer: Scope, offset: number): Scope | FaultAt {
  const prefix = name.slice(6);
  const misnamed = name.length > 5 && unlawfulName(name, 5, true) !== undefined;
  if (misnamed || !mayDeclare(prefix, namespace))
    return faultAt(offset, `the declaration ${shown(name)} is not lawful`);
  if (outer.length === limits.xmlDeclarationsMax)
    return faultAt(offset, 'too many namespaces are declared', 'too-large');
  return declare(outer, prefix, namespace);
}

/** The number of attributes of a tag is bounded, so comparing each with each is. */
function isDeclaredTwice({ names, count }: StartTag): boolean {
  for (let at = 1; at < count; at += 1) {
    const name = names[at] ?? '';
    if (isDeclaration(name) && names.indexOf(name) < at) return true;
  }
  return false;
}

function attributesOf({ names, values, count, offset }: StartTag, scope: Scope): readonly XmlAttribute[] | FaultAt {
  const attributes: XmlAttribute[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = names[at] ?? '';
    if (isDeclaration(name)) continue;
    const colon = name.indexOf(':');
    const prefix = colon === -1 ? '' : name.slice(0, colon);
    const local = colon === -1 ? name : name.slice(colon + 1);
    const namespace = colon === -1 ? '' : namespaceOf(scope, prefix);
    const unlawful = unlawfulName(name, colon, namespace !== undefined);
    if (unlawful !== undefined) return faultAt(offset, unlawful);
    for (const other of attributes)
      if (other.local === local && other.namespace === namespace)
        return faultAt(offset, `an attribute ${shown(local)} is given twice`);
    attributes.push({ namespace: namespace ?? '', local, prefix, value: values[at] ?? '' });
  }
  return attributes;
}

/** What is wrong with a name that may hold a colon (Namespaces in XML 1.0 §4). */
function unlawfulName(name: string, colon: number, bound: boolean): string | undefined {
  if (colon === -1) return undefined;
  if (colon === 0 || name.indexOf(':', colon + 1) !== -1 || !startsName(name.charCodeAt(colon + 1)))
    return `${shown(name)} is not a qualified name`;
  return bound ? undefined : `the prefix of ${shown(name)} is not declared`;
}
