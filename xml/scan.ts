import { continuesName, isBlank, nameEnd, skipBlanks, unlawful } from './characters.ts';
import type { XmlElement } from './element.ts';
import type { FaultAt } from './fault.ts';
import { faultAt, shown } from './fault.ts';
import { rootScope } from './namespaces.ts';
import { resolveReferences, unlawfulReference } from './references.ts';
import type { Growing, StartTag } from './start-tag.ts';
import { elementOf } from './start-tag.ts';

/** Bounds of one document; see kernel/limits.ts. */
export interface XmlBounds {
  readonly bytesMax: number;
  readonly depthMax: number;
  readonly elementsMax: number;
  readonly attributesMax: number;
}

const lessThan = 60;
const greaterThan = 62;
const slash = 47;
const question = 63;
const exclamation = 33;

/**
 * One pass over the text that checks it and makes the tree (ADR 0010). Its time is proportional to the length, whatever the
 * text is; nothing in it recurses.
 *
 * A class, because a dozen cursors are shared by the steps, and this is on the path of every PUBLISH.
 */
class Scanner {
  readonly text: string;
  readonly bounds: XmlBounds;
  /** The elements that are open, the innermost last. */
  readonly open: Growing[] = [];
  /** For each of them, whether white space stands in it that may be layout. */
  readonly laidOut: boolean[] = [];
  readonly tag: StartTag = { name: '', offset: 0, names: [], values: [], count: 0 };
  root: XmlElement | undefined;
  elements = 0;
  at = 0;
  fault: FaultAt | undefined;
  /** The next `&` and the next `]]>` that were not passed yet; Infinity when there is none. */
  nextReference: number;
  nextBracket: number;

  constructor(text: string, bounds: XmlBounds) {
    this.text = text;
    this.bounds = bounds;
    this.nextReference = next(text, '&', 0);
    this.nextBracket = next(text, ']]>', 0);
  }

  refuse(offset: number, text: string, kind?: FaultAt['kind']): false {
    this.fault ??= faultAt(offset, text, kind);
    return false;
  }

  /** White space, comments and processing instructions, outside the root element. */
  misc(): boolean {
    const { text } = this;
    for (;;) {
      this.at = skipBlanks(text, this.at);
      if (text.charCodeAt(this.at) !== lessThan) return true;
      const second = text.charCodeAt(this.at + 1);
      if (second === question) {
        if (!this.instruction()) return false;
      } else if (second === exclamation && text.startsWith('<!--', this.at)) {
        if (!this.comment()) return false;
      } else return true;
    }
  }

  /** Everything from the root's start tag to its end tag. */
  content(): boolean {
    const { text } = this;
    do {
      const tag = text.indexOf('<', this.at);
      if (tag === -1) return this.refuse(text.length, `the end of <${this.openName()}> is missing`);
      if (tag > this.at && !this.characters(this.at, tag)) return false;
      this.at = tag;
      const second = text.charCodeAt(tag + 1);
      if (
        second === slash
          ? !this.endTag()
          : second === exclamation || second === question
            ? !this.markup()
            : !this.startTag()
      )
        return false;
    } while (this.open.length > 0);
    return true;
  }

  /** A comment, a CDATA section or a processing instruction inside the root. */
  markup(): boolean {
    const { text, at } = this;
    if (text.charCodeAt(at + 1) === question) return this.instruction();
    if (text.startsWith('<!--', at)) return this.comment();
    if (!text.startsWith('<![CDATA[', at)) return this.declaration();
    const end = text.indexOf(']]>', at + 9);
    if (end === -1) return this.refuse(at, 'the CDATA section does not end');
    this.at = end + 3;
    this.pass(this.at);
    return true;
  }

  declaration(): boolean {
    if (!this.text.startsWith('<!DOCTYPE', this.at)) return this.refuse(this.at, 'this is not XML markup');
    return this.refuse(this.at, 'a document type declaration is not taken', 'forbidden');
  }

  comment(): boolean {
    const end = this.text.indexOf('--', this.at + 4);
    if (end === -1) return this.refuse(this.at, 'the comment does not end');
    if (this.text.charCodeAt(end + 2) !== greaterThan) return this.refuse(end, 'a comment contains --');
    this.at = end + 3;
    this.pass(this.at);
    return true;
  }

  instruction(): boolean {
    const { text, at } = this;
    const target = nameEnd(text, at + 2);
    const end = text.indexOf('?>', target);
    if (end === -1) return this.refuse(at, 'the processing instruction does not end');
    const name = text.slice(at + 2, target);
    if (name === '' || name.includes(':') || name.toLowerCase() === 'xml')
      return this.refuse(at, 'a processing instruction has no lawful name');
    if (end !== target && skipBlanks(text, target) === target)
      return this.refuse(target, 'white space is missing here');
    this.edits.push({ from: at, to: end + 2, by: '' });
    this.at = end + 2;
    this.pass(this.at);
    return true;
  }

  /** Text between tags, inside the root. */
  characters(from: number, to: number): boolean {
    if (this.nextBracket < to) return this.refuse(this.nextBracket, ']]> stands in text');
    return this.references(from, to);
  }

  references(from: number, to: number): boolean {
    if (this.nextReference >= to) return true;
    const unlawfulAt = unlawfulReference(this.text, from, to);
    if (unlawfulAt !== -1) return this.refuse(unlawfulAt, 'this is not a known entity or a lawful character reference');
    this.nextReference = next(this.text, '&', to);
    return true;
  }

  /** Forgets marks that lay inside something where they mean nothing. */
  pass(to: number): void {
    if (this.nextReference < to) this.nextReference = next(this.text, '&', to);
    if (this.nextBracket < to) this.nextBracket = next(this.text, ']]>', to);
  }

  startTag(): boolean {
    const { text, at, bounds } = this;
    const named = nameEnd(text, at + 1);
    if (named === at + 1) return this.refuse(at, 'a name is missing after <');
    const depth = this.open.length + 1;
    if (depth > bounds.depthMax) return this.refuse(at, 'elements are nested too deeply', 'too-large');
    if (this.offsets.length === bounds.elementsMax) return this.refuse(at, 'there are too many elements', 'too-large');
    this.offsets.push(at);
    this.depths.push(depth);
    this.at = named;
    if (!this.attributes(at)) return false;
    if (text.charCodeAt(this.at) === slash) {
      if (text.charCodeAt(this.at + 1) !== greaterThan) return this.refuse(this.at, 'a > is missing after /');
      this.at += 2;
    } else {
      this.open.push(at);
      this.openNameEnds.push(named);
      this.at += 1;
    }
    // `]]>` may stand in an attribute value.
    if (this.nextBracket < this.at) this.nextBracket = next(text, ']]>', this.at);
    return true;
  }

  /** The attributes of a start tag, up to its `>` or `/`. */
  attributes(tag: number): boolean {
    const { text } = this;
    let count = 0;
    for (;;) {
      const after = this.at;
      this.at = skipBlanks(text, after);
      const code = text.charCodeAt(this.at);
      if (code === greaterThan || code === slash) break;
      if (Number.isNaN(code)) return this.refuse(tag, 'the tag does not end');
      if (after === this.at) return this.refuse(after, 'white space is missing here');
      if (count === this.bounds.attributesMax)
        return this.refuse(tag, 'the element has too many attributes', 'too-large');
      if (!this.attribute()) return false;
      count += 1;
    }
    this.attributeCounts.push(count);
    return true;
  }

  attribute(): boolean {
    const { text, at } = this;
    const named = nameEnd(text, at);
    if (named === at) return this.refuse(at, 'an attribute name is missing here');
    const equals = skipBlanks(text, named);
    if (text.charCodeAt(equals) !== 61)
      return this.refuse(equals, `the attribute ${shown(text.slice(at, named))} has no value`);
    const from = skipBlanks(text, equals + 1);
    const quote = text.charAt(from);
    if (quote !== '"' && quote !== "'") return this.refuse(from, 'an attribute value is not quoted');
    const to = text.indexOf(quote, from + 1);
    if (to === -1) return this.refuse(from, 'an attribute value does not end');
    this.at = to + 1;
    return this.value(from + 1, to);
  }

  value(from: number, to: number): boolean {
    let blanks = false;
    for (let at = from; at < to; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === lessThan) return this.refuse(at, 'an attribute value contains <');
      if (code < 32) blanks = true;
    }
    // Attribute-value normalization, which the library leaves out (XML 1.0 §3.3.3).
    if (blanks) this.edits.push({ from, to, by: this.text.slice(from, to).replace(/\r\n|[\t\r\n]/g, ' ') });
    return this.references(from, to);
  }

  endTag(): boolean {
    const { text, at } = this;
    const start = this.open.pop();
    const named = this.openNameEnds.pop();
    if (start === undefined || named === undefined) return this.refuse(at, 'an end tag has no start tag');
    let end = at + 2;
    for (let open = start + 1; open < named; open += 1) {
      if (text.charCodeAt(open) !== text.charCodeAt(end)) return this.mismatch();
      end += 1;
    }
    if (continuesName(text.charCodeAt(end))) return this.mismatch();
    if (text.charCodeAt(end) !== greaterThan) end = skipBlanks(text, end);
    if (text.charCodeAt(end) !== greaterThan) return this.refuse(end, 'the end tag does not end');
    this.at = end + 1;
    return true;
  }

  mismatch(): boolean {
    const { text, at } = this;
    return this.refuse(at, `the end tag ${shown(text.slice(at + 2, nameEnd(text, at + 2)))} matches no start tag`);
  }

  openName(): string {
    const start = this.open.at(-1) ?? 0;
    return shown(this.text.slice(start + 1, nameEnd(this.text, start + 1)));
  }
}

/** The place of the next `mark`; Infinity when there is none. */
function next(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

/** The text between two offsets with the edits that lie there made. */
function edited(text: string, from: number, to: number, edits: Inspector['edits']): string {
  let done = from;
  let result = '';
  for (const edit of edits) {
    if (edit.from < from || edit.to > to) continue;
    result += text.slice(done, edit.from) + edit.by;
    done = edit.to;
  }
  return result + text.slice(done, to);
}

/**
 * Checks a whole document.
 *
 * @param from  where the XML declaration, if any, has ended
 * @returns     what was learnt, or the first fault with its offset
 */
export function inspect(text: string, from: number, bounds: XmlBounds): Inspection | FaultAt {
  const control = unlawful.exec(text);
  if (control !== null) return faultAt(control.index, 'a control character is not allowed in XML');
  const inspector = new Inspector(text, bounds);
  inspector.at = from;
  if (!inspector.misc()) return inspector.fault ?? faultAt(from, 'the document is not XML');
  const rootAt = inspector.at;
  if (text.charCodeAt(rootAt) !== lessThan) return faultAt(rootAt, 'the root element is missing');
  if (text.charCodeAt(rootAt + 1) === exclamation && !inspector.declaration() && inspector.fault)
    return inspector.fault;
  if (!inspector.content()) return inspector.fault ?? faultAt(rootAt, 'the document is not XML');
  const rootEnd = inspector.at;
  if (!inspector.misc() && inspector.fault) return inspector.fault;
  if (inspector.at < text.length) return faultAt(inspector.at, 'something follows the root element');
  const { offsets, depths, attributeCounts, edits } = inspector;
  return { offsets, depths, attributeCounts, root: edited(text, rootAt, rootEnd, edits) };
}
