import { continuesName, isBlank, nameEnd, skipBlanks, unlawful } from './characters.ts';
import type { XmlElement, XmlNode } from './element.ts';
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

  /** Prolog, root element and epilog (XML 1.0 §2.1). */
  document(): boolean {
    const { text } = this;
    if (!this.misc()) return false;
    if (text.charCodeAt(this.at) !== lessThan) return this.refuse(this.at, 'the root element is missing');
    if (text.charCodeAt(this.at + 1) === exclamation) return this.declaration();
    if (!this.content() || !this.misc()) return false;
    return this.at === text.length || this.refuse(this.at, 'something follows the root element');
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
    if (end > at + 9) this.append(text.slice(at + 9, end));
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
    this.at = end + 2;
    this.pass(this.at);
    return true;
  }

  /** Text between tags, inside the root. */
  characters(from: number, to: number): boolean {
    if (this.nextBracket < to) return this.refuse(this.nextBracket, ']]> stands in text');
    const value = this.resolved(from, to);
    if (value === undefined) return false;
    this.append(value);
    return true;
  }

  /** The text between two places with its references resolved; undefined when one of them is not lawful. */
  resolved(from: number, to: number, blanks = false): string | undefined {
    const sliced = this.text.slice(from, to);
    const written = blanks ? sliced.replace(/[\t\n]/g, ' ') : sliced;
    if (this.nextReference >= to) return written;
    const unlawfulAt = unlawfulReference(this.text, from, to);
    if (unlawfulAt !== -1) {
      this.refuse(unlawfulAt, 'this is not a known entity or a lawful character reference');
      return undefined;
    }
    this.nextReference = next(this.text, '&', to);
    return resolveReferences(written);
  }

  /** Adds text to the innermost element, as one piece with text that a comment or the like parts from it. */
  append(value: string): void {
    const { open } = this;
    const depth = open.length - 1;
    const children = open[depth]?.children;
    if (children === undefined) return;
    const last = children.length - 1;
    const before = children[last];
    if (typeof before === 'string') children[last] = before + value;
    else children.push(value);
    if (isBlank(value.charCodeAt(0))) this.laidOut[depth] = true;
  }

  /** Forgets marks that lay inside something where they mean nothing. */
  pass(to: number): void {
    if (this.nextReference < to) this.nextReference = next(this.text, '&', to);
    if (this.nextBracket < to) this.nextBracket = next(this.text, ']]>', to);
  }

  startTag(): boolean {
    const { text, at, bounds, open, tag } = this;
    const named = nameEnd(text, at + 1);
    if (named === at + 1) return this.refuse(at, 'a name is missing after <');
    if (open.length === bounds.depthMax) return this.refuse(at, 'elements are nested too deeply', 'too-large');
    if (this.elements === bounds.elementsMax) return this.refuse(at, 'there are too many elements', 'too-large');
    this.elements += 1;
    tag.name = text.slice(at + 1, named);
    tag.offset = at;
    this.at = named;
    if (!this.attributes()) return false;
    const outer = open.at(-1);
    const grown = elementOf(tag, outer?.scope ?? rootScope);
    if ('kind' in grown) {
      this.fault = grown;
      return false;
    }
    if (outer === undefined) this.root = grown;
    else outer.children.push(grown);
    if (text.charCodeAt(this.at) === slash) {
      if (text.charCodeAt(this.at + 1) !== greaterThan) return this.refuse(this.at, 'a > is missing after /');
      this.at += 2;
    } else {
      this.laidOut[open.length] = false;
      open.push(grown);
      this.at += 1;
    }
    // `]]>` may stand in an attribute value.
    if (this.nextBracket < this.at) this.nextBracket = next(text, ']]>', this.at);
    return true;
  }

  /** The attributes of a start tag, up to its `>` or `/`. */
  attributes(): boolean {
    const { text, tag } = this;
    tag.count = 0;
    for (;;) {
      const after = this.at;
      this.at = skipBlanks(text, after);
      const code = text.charCodeAt(this.at);
      if (code === greaterThan || code === slash) return true;
      if (Number.isNaN(code)) return this.refuse(tag.offset, 'the tag does not end');
      if (after === this.at) return this.refuse(after, 'white space is missing here');
      if (tag.count === this.bounds.attributesMax)
        return this.refuse(tag.offset, 'the element has too many attributes', 'too-large');
      if (!this.attribute()) return false;
    }
  }

  attribute(): boolean {
    const { text, at, tag } = this;
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
    const value = this.value(from + 1, to);
    if (value === undefined) return false;
    tag.names[tag.count] = text.slice(at, named);
    tag.values[tag.count] = value;
    tag.count += 1;
    return true;
  }

  /** An attribute value, normalized (XML 1.0 §3.3.3); undefined when it is not lawful. */
  value(from: number, to: number): string | undefined {
    let blanks = false;
    for (let at = from; at < to; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === lessThan) {
        this.refuse(at, 'an attribute value contains <');
        return undefined;
      }
      if (code < 32) blanks = true;
    }
    return this.resolved(from, to, blanks);
  }

  endTag(): boolean {
    const { text, at, open } = this;
    const ended = open.pop();
    if (ended === undefined) return this.refuse(at, 'an end tag has no start tag');
    let end = at + 2;
    for (let name = ended.offset + 1; end < at + 2 + nameLength(ended); name += 1) {
      if (text.charCodeAt(name) !== text.charCodeAt(end)) return this.mismatch();
      end += 1;
    }
    if (continuesName(text.charCodeAt(end))) return this.mismatch();
    if (text.charCodeAt(end) !== greaterThan) end = skipBlanks(text, end);
    if (text.charCodeAt(end) !== greaterThan) return this.refuse(end, 'the end tag does not end');
    if (this.laidOut[open.length] === true) dropLayout(ended.children);
    this.at = end + 1;
    return true;
  }

  mismatch(): boolean {
    const { text, at } = this;
    return this.refuse(at, `the end tag ${shown(text.slice(at + 2, nameEnd(text, at + 2)))} matches no start tag`);
  }

  openName(): string {
    const start = this.open.at(-1)?.offset ?? 0;
    return shown(this.text.slice(start + 1, nameEnd(this.text, start + 1)));
  }
}

const nameLength = ({ prefix, local }: XmlElement): number =>
  prefix === '' ? local.length : prefix.length + 1 + local.length;

/** Removes the white space that only lays out the elements of an element-only content. */
function dropLayout(children: XmlNode[]): void {
  if (children.length < 2 || children.some((child) => typeof child === 'string' && child.trim() !== '')) return;
  let kept = 0;
  for (const child of children) if (typeof child !== 'string') children[kept++] = child;
  children.length = kept;
}

/** The place of the next `mark`; Infinity when there is none. */
function next(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

/**
 * Reads a whole document whose line ends are normalized.
 *
 * @param from  where the XML declaration, if any, has ended
 * @returns     its root, or the first fault with its offset
 */
export function scan(text: string, from: number, bounds: XmlBounds): XmlElement | FaultAt {
  const control = unlawful.exec(text);
  if (control !== null) return faultAt(control.index, 'a control character is not allowed in XML');
  const scanner = new Scanner(text, bounds);
  scanner.at = from;
  scanner.document();
  return scanner.fault ?? scanner.root ?? faultAt(scanner.at, 'the root element is missing');
}
