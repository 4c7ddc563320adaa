import { CONTENT_LENGTH, VIA } from './header-names.ts';
import type { IndexedHeaders } from './headers.ts';
import { lineStride, nameShift } from './headers.ts';
import type { SipMessage } from './message.ts';
import { indexText } from './scan.ts';
import type { WireText } from './text.ts';
import type { TypedSipMessage } from './typed-message.ts';
import { firstValueEnd } from './via.ts';

/** The header lines of a message as text, for sending them on as they are: from `start` up to `end`, each with its CRLF. */
export interface HeaderSection {
  readonly headers: IndexedHeaders;
  readonly start: number;
  readonly end: number;
}

/** The header section of a message, byte for byte as received; of one that ended its lines with LF alone, with CRLF. */
export function sectionOf(message: SipMessage): HeaderSection {
  const { headers, received } = message as TypedSipMessage;
  const start = received === undefined ? 0 : received.indexOf('\n') + 1;
  if (received === undefined || received.charCodeAt(start - 2) !== 0x0d) return rewritten(headers);
  const { length } = received;
  // The empty line after the last one, which a datagram may lack.
  const hasEmptyLine = received.charCodeAt(length - 3) === 0x0a && received.charCodeAt(length - 2) === 0x0d;
  return { headers, start, end: hasEmptyLine && length - 2 > start ? length - 2 : length };
}

const startLine = 'x\r\n';

function rewritten(headers: IndexedHeaders): HeaderSection {
  let text = startLine;
  for (const { name, value } of headers.lines()) text += `${name}: ${value}\r\n`;
  return { headers: indexText(text), start: startLine.length, end: text.length };
}

/** Where the line at this place of the index begins: at its name. */
export const lineStartOf = (headers: IndexedHeaders, at: number): number => (headers.index[at] ?? 0) >>> nameShift;

/** Where the line after it begins; the end of the section after the last. */
export function lineEndOf({ headers, end }: HeaderSection, at: number): number {
  const next = at + lineStride;
  return next < headers.index.length ? lineStartOf(headers, next) : end;
}

/** Content-Length for a section that has none: where it goes over a stream it has to say so (RFC 3261 §16.6 step 9). */
export const missingLength = (headers: IndexedHeaders, body: Buffer): WireText =>
  (headers.seen & (1 << CONTENT_LENGTH)) === 0 ? `Content-Length: ${String(body.length)}\r\n` : '';

/**
 * The lines of a section without the topmost Via value (RFC 3261 §16.7 step 3).
 *
 * @returns undefined when no other Via is left: the response was meant for us
 */
export function withoutTopVia(section: HeaderSection): WireText | undefined {
  const { headers, start, end } = section;
  const { text } = headers;
  const at = headers.lineOf(VIA, 0);
  if (at < 0) return undefined;
  const below = belowTopVia(section, at);
  if (below === '' && headers.lineOf(VIA, at + lineStride) < 0) return undefined;
  const lineStart = lineStartOf(headers, at);
  const after = text.slice(lineEndOf(section, at), end);
  return below === '' && lineStart === start ? after : text.slice(start, lineStart) + below + after;
}

/** The first Via line, at this place of the index, without its first value; '' when there is no other on it. */
export function belowTopVia(section: HeaderSection, at: number): WireText {
  const { headers } = section;
  const { text } = headers;
  const valueStart = headers.startOf(at);
  const value = text.slice(valueStart, headers.endOf(at));
  const first = firstValueEnd(value);
  if (first >= value.length) return '';
  return (
    text.slice(lineStartOf(headers, at), valueStart) +
    text.slice(afterComma(text, valueStart + first), lineEndOf(section, at))
  );
}

function afterComma(text: WireText, comma: number): number {
  let here = comma + 1;
  while (text.charCodeAt(here) === 0x20 || text.charCodeAt(here) === 0x09) here += 1;
  return here;
}

/** Text of the Via value below the topmost. */
export function secondViaOf(headers: IndexedHeaders): WireText | undefined {
  const [line = '', next] = headers.all('via');
  const comma = firstValueEnd(line);
  const below = comma < line.length ? line.slice(comma + 1).trim() : next;
  return below?.slice(0, firstValueEnd(below));
}
