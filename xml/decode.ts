import { isAscii, isUtf8 } from 'node:buffer';
import type { FaultAt } from './fault.ts';
import { faultAt } from './fault.ts';

/** The characters of a document, their line ends normalized, and where its XML declaration ends (0 when it has none). */
export interface Decoded {
  readonly text: string;
  readonly prologEnd: number;
}

/** The XML declaration; a document of another version 1.x is read as one of 1.0, as §2.8 of its fifth edition asks. */
const xmlDeclaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;
const declarationLengthMax = 256;
/** By far the most frequent beginning; spares the expression above. */
const usual = '<?xml version="1.0" encoding="UTF-8"?>';

/**
 * Turns the bytes of a document into characters. UTF-8 only, and US-ASCII, which it contains (RFC 7303 §3 lets a receiver
 * take no more): with or without byte order mark.
 */
export function decodeXml(bytes: Buffer): Decoded | FaultAt {
  if (isUtf16(bytes)) return faultAt(0, 'the document is not in UTF-8', 'encoding');
  if (isAscii(bytes)) return prolog(bytes.toString('latin1'));
  if (!isUtf8(bytes)) {
    const declared = prolog(bytes.toString('latin1', 0, declarationLengthMax));
    return 'kind' in declared && declared.kind === 'encoding'
      ? declared
      : faultAt(0, 'the document is not sound UTF-8');
  }
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return prolog(bytes.toString('utf8', marked ? 3 : 0));
}

function isUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return false;
  return (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe) || (first === 0) !== (second === 0);
}

function prolog(written: string): Decoded | FaultAt {
  // Line ends become what they all mean before anything is read (XML 1.0 §2.11).
  const text = written.includes('\r') ? written.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : written;
  if (text.startsWith(usual)) return { text, prologEnd: usual.length };
  if (!text.startsWith('<?xml') || /^[\w:.-]/.test(text.charAt(5))) return { text, prologEnd: 0 };
  const found = xmlDeclaration.exec(text.slice(0, declarationLengthMax));
  if (found === null) return faultAt(0, 'the XML declaration is malformed');
  const encoding = (found[1] ?? found[2] ?? 'utf-8').toLowerCase();
  if (encoding === 'utf-8' || encoding === 'utf8' || encoding === 'us-ascii')
    return { text, prologEnd: found[0].length };
  return faultAt(0, 'the document is not in UTF-8', 'encoding');
}
