import { XMLParser } from 'fast-xml-parser';
import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { startsName } from './characters.ts';
import { decodeXml } from './decode.ts';
import type { XmlAttribute, XmlElement, XmlNode } from './element.ts';
import type { FaultAt, XmlFault } from './fault.ts';
import { faultAt, located, shown } from './fault.ts';
import type { Inspection, XmlBounds } from './inspect.ts';
import { inspect } from './inspect.ts';
import type { Scope } from './namespaces.ts';
import { declare, mayDeclare, namespaceOf, rootScope } from './namespaces.ts';
import { resolveReferences } from './references.ts';

/** A document that was read: its root, and its characters so that `placeOf` can name places in them. */
export interface XmlDocument {
  readonly root: XmlElement;
  readonly text: string;
}

/** The bounds of a document that nobody bounds otherwise. */
export const defaultXmlBounds: XmlBounds = {
  bytesMax: limits.bodyBytesMax,
  depthMax: limits.xmlDepthMax,
  elementsMax: limits.xmlElementsMax,
  attributesMax: limits.xmlAttributesMax,
};

/** The element under construction: an `XmlElement` whose children still come. */
interface Growing extends XmlElement {
  readonly children: XmlNode[];
  readonly scope: Scope;
}

/** How deep the library says it is; the slice of its path matcher that we use. */
interface Path {
  getDepth(): number;
}

const noAttributes: readonly XmlAttribute[] = [];

/**
 * Makes a reader. fast-xml-parser tokenizes, and tells of every start tag and text through two of its callbacks, from which
 * the tree is made directly: 40 % cheaper than taking its own tree apart. What it does not check was checked by `inspect`,
 * and the two must agree on every element's place, depth and number of attributes.
 */
function createReader(): (inspection: Inspection, text: string) => XmlElement | FaultAt {
  // State of the document being read: set at the start of every call, which never waits, and unseen between calls.
  let inspection: Inspection = { offsets: [], depths: [], attributeCounts: [], root: '' };
  let text = '';
  let count = 0;
  let fault: FaultAt | undefined;
  /** Elements that hold blank text, each once. */
  let blanks = new Set<Growing>();
  const open: Growing[] = [];

  const onStart = (name: string, path: Path, attributes: Readonly<Record<string, string>>): boolean => {
    const depth = path.getDepth();
    const offset = inspection.offsets[count] ?? -1;
    if (fault !== undefined) return false;
    if (inspection.depths[count] !== depth || !text.startsWith(name, offset + 1)) {
      fault = faultAt(Math.max(offset, 0), 'the markup can be read in two ways');
      return false;
    }
    const grown = grow(
      name,
      attributes,
      open[depth - 2]?.scope ?? rootScope,
      offset,
      inspection.attributeCounts[count] ?? 0,
    );
    if ('kind' in grown) {
      fault = grown;
      return false;
    }
    open[depth - 2]?.children.push(grown);
    open[depth - 1] = grown;
    count += 1;
    return false;
  };

  const onText = (value: string, path: Path): string => {
    const owner = open[path.getDepth() - 1];
    if (owner === undefined || fault !== undefined) return '';
    const { children } = owner;
    const last = children.length - 1;
    const before = children[last];
    if (typeof before === 'string') children[last] = before + value;
    else children.push(value);
    if (isBlankText(value)) blanks.add(owner);
    return '';
  };

  const faultFound = (): FaultAt | undefined => fault;

  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: true,
    entityDecoder: {
      decode: resolveReferences,
      setExternalEntities() {},
      addInputEntities() {},
      reset() {},
      setXmlVersion() {},
    },
    jPath: false,
    maxNestedTags: limits.xmlDepthMax + 1,
    onDangerousProperty: (name) => name,
    updateTag: (name, path, attributes) => onStart(name, path as Path, attributes),
    tagValueProcessor: (_name, value, path) => onText(value, path as Path),
  });

  return (inspected, source) => {
    inspection = inspected;
    text = source;
    count = 0;
    fault = undefined;
    if (blanks.size > 0) blanks = new Set();
    const refused = parseWith(parser, inspected.root);
    const root = open[0];
    open.length = 0;
    text = '';
    const found = faultFound() ?? refused;
    if (found !== undefined) return found;
    if (root === undefined || count !== inspected.offsets.length)
      return faultAt(0, 'the markup can be read in two ways');
    for (const owner of blanks) dropLayout(owner);
    return root;
  };
}

/** The library throws on what it does not take: names such as `constructor`, which would be property names of its tree. */
function parseWith(parser: XMLParser, root: string): FaultAt | undefined {
  try {
    parser.parse(root);
    return undefined;
  } catch (error) {
    return faultAt(0, shown(error instanceof Error ? error.message : String(error)));
  }
}

const isBlankText = (value: string): boolean => {
  const code = value.charCodeAt(0);
  return (code === 10 || code === 32 || code === 13 || code === 9) && value.trim() === '';
};

/** Removes the white space that only lays out the elements of an element-only content. */
function dropLayout(owner: Growing): void {
  const { children } = owner;
  if (children.length < 2 || children.some((child) => typeof child === 'string' && child.trim() !== '')) return;
  let kept = 0;
  for (const child of children) if (typeof child !== 'string') children[kept++] = child;
  children.length = kept;
}

/** Makes the element of a start tag, its names resolved (Namespaces in XML 1.0 §6). */
function grow(
  name: string,
  written: Readonly<Record<string, string>>,
  outer: Scope,
  offset: number,
  expected: number,
): Growing | FaultAt {
  let scope = outer;
  let count = 0;
  let plain = 0;
  for (const key in written) {
    count += 1;
    if (!key.startsWith('xmlns') || (key.length > 5 && key.charCodeAt(5) !== 58)) {
      plain += 1;
      continue;
    }
    const prefix = key.slice(6);
    const namespace = written[key] ?? '';
    const misnamed = key.length > 5 && unlawfulName(key, 5, true) !== undefined;
    if (misnamed || !mayDeclare(prefix, namespace))
      return faultAt(offset, `the declaration ${shown(key)} is not lawful`);
    if (scope.length === limits.xmlDeclarationsMax)
      return faultAt(offset, 'too many namespaces are declared', 'too-large');
    scope = declare(scope, prefix, namespace);
  }
  if (count !== expected) return faultAt(offset, `an attribute of ${shown(name)} is given twice`);
  const attributes = plain === 0 ? noAttributes : attributesIn(written, scope, offset);
  if ('kind' in attributes) return attributes;
  const colon = name.indexOf(':');
  const prefix = colon === -1 ? '' : name.slice(0, colon);
  const local = colon === -1 ? name : name.slice(colon + 1);
  const namespace = namespaceOf(scope, prefix);
  const unlawful = unlawfulName(name, colon, namespace !== undefined || prefix === '');
  if (unlawful !== undefined) return faultAt(offset, unlawful);
  return { namespace: namespace ?? '', local, prefix, attributes, children: [], offset, scope };
}

function attributesIn(
  written: Readonly<Record<string, string>>,
  scope: Scope,
  offset: number,
): readonly XmlAttribute[] | FaultAt {
  const attributes: XmlAttribute[] = [];
  for (const key in written) {
    if (key.startsWith('xmlns') && (key.length === 5 || key.charCodeAt(5) === 58)) continue;
    const colon = key.indexOf(':');
    const prefix = colon === -1 ? '' : key.slice(0, colon);
    const local = colon === -1 ? key : key.slice(colon + 1);
    const namespace = colon === -1 ? '' : namespaceOf(scope, prefix);
    const unlawful = unlawfulName(key, colon, namespace !== undefined);
    if (unlawful !== undefined) return faultAt(offset, unlawful);
    if (colon !== -1 && attributes.some((other) => other.local === local && other.namespace === namespace))
      return faultAt(offset, `an attribute ${shown(local)} is given twice`);
    attributes.push({ namespace: namespace ?? '', local, prefix, value: written[key] ?? '' });
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

const build = createReader();

/**
 * Reads a document into an ordered tree, in time proportional to its length whatever it contains.
 *
 * @fault malformed | forbidden | too-large | encoding, with line and column
 * @rfc 3023 §3; 4825 §8.2.1 (well-formedness)
 */
export function readXml(bytes: Buffer, bounds: XmlBounds = defaultXmlBounds): Result<XmlDocument, XmlFault> {
  if (bytes.length > bounds.bytesMax) return fail(located('', faultAt(0, 'the document is too long', 'too-large')));
  const decoded = decodeXml(bytes);
  if ('kind' in decoded) return fail(located('', decoded));
  const { text } = decoded;
  const inspection = inspect(text, decoded.prologEnd, bounds);
  if ('kind' in inspection) return fail(located(text, inspection));
  const root = build(inspection, text);
  return 'kind' in root ? fail(located(text, root)) : ok({ root, text });
}
