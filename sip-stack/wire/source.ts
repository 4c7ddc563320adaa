import { encodeUtf8 } from './text.ts';
import { lower } from './chars.ts';
import type { WireText } from './text.ts';

/**
 * Text beside its bytes: scanners look at the bytes, which is three times as fast as at the characters of a string, and
 * parts are cut out of the text, which costs no copy.
 */
export interface Source {
  readonly text: WireText;
  readonly bytes: Uint8Array;
}

/** Text that was not received, or a value that was unfolded; characters beyond latin1 are taken as their UTF-8. */
export function sourceOf(text: string): Source {
  const wire = /[^\0-\xff]/.test(text) ? encodeUtf8(text) : text;
  return { text: wire, bytes: Buffer.from(wire, 'latin1') };
}

/** What stands between `start` and `end`, in lower case. */
export function lowerBetween({ text, bytes }: Source, start: number, end: number): WireText {
  const part = text.slice(start, end);
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x40 && byte < 0x5b) return lower(part);
  }
  return part;
}
