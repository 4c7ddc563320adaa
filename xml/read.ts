import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { decodeXml } from './decode.ts';
import type { XmlElement } from './element.ts';
import type { XmlFault } from './fault.ts';
import { faultAt, located } from './fault.ts';
import type { XmlBounds } from './scan.ts';
import { scan } from './scan.ts';

/** A document that was read: its root, and its characters so that `placeOf` can name places in them. */
export interface XmlDocument {
  readonly root: XmlElement;
  /** Its line ends are normalized (XML 1.0 §2.11). */
  readonly text: string;
}

/** The bounds of a document that nobody bounds otherwise. */
export const defaultXmlBounds: XmlBounds = {
  bytesMax: limits.bodyBytesMax,
  depthMax: limits.xmlDepthMax,
  elementsMax: limits.xmlElementsMax,
  attributesMax: limits.xmlAttributesMax,
};

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
  const root = scan(text, decoded.prologEnd, bounds);
  return 'kind' in root ? fail(located(text, root)) : ok({ root, text });
}
