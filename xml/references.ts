import { isLawfulCodePoint } from './characters.ts';

/** The five entities that need no declaration (XML 1.0 §4.6); there are no others, for there is no document type. */
function predefined(name: string): string | undefined {
  switch (name) {
    case 'amp':
      return '&';
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'quot':
      return '"';
    case 'apos':
      return "'";
    default:
      return undefined;
  }
}

/** The longest reference worth reading: `&#x10FFFF;` with some leading zeros. */
const referenceLengthMax = 16;

/** What `&name;` stands for; undefined when it is no reference that a document may contain. */
function meaning(name: string): string | undefined {
  if (name.charCodeAt(0) !== 35) return predefined(name);
  const hexadecimal = /^#x([0-9a-fA-F]+)$/.exec(name)?.[1];
  const decimal = /^#([0-9]+)$/.exec(name)?.[1];
  const point = hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
  return Number.isNaN(point) || !isLawfulCodePoint(point) ? undefined : String.fromCodePoint(point);
}

/** The offset of the first `&` between `from` and `to` that begins no lawful reference; -1 when all are (XML 1.0 §4.1). */
export function unlawfulReference(text: string, from: number, to: number): number {
  for (let at = text.indexOf('&', from); at !== -1 && at < to; at = text.indexOf('&', at + 1)) {
    const name = nameAt(text, at);
    if (name === undefined || at + name.length + 1 >= to || meaning(name) === undefined) return at;
  }
  return -1;
}

function nameAt(text: string, ampersand: number): string | undefined {
  const end = text.slice(ampersand + 1, ampersand + 1 + referenceLengthMax).indexOf(';');
  return end <= 0 ? undefined : text.slice(ampersand + 1, ampersand + 1 + end);
}

/** Text with its references resolved; every one of them was found lawful before. */
export function resolveReferences(text: string): string {
  let at = text.indexOf('&');
  if (at === -1) return text;
  let resolved = '';
  let done = 0;
  for (; at !== -1; at = text.indexOf('&', done)) {
    const name = nameAt(text, at) ?? '';
    resolved += text.slice(done, at) + (meaning(name) ?? '');
    done = at + name.length + 2;
  }
  return resolved + text.slice(done);
}
