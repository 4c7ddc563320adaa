import { latin1Slice, utf8Slice } from './bytes.ts';

/**
 * Text of a message is a string with one character for each byte (latin1), so that what was received can be sent on byte
 * for byte and an offset in the text is an offset in the bytes. `decodeUtf8` gives the characters a person sees.
 */
export type WireText = string;

/**
 * A flat copy of text that pins nothing: V8 keeps a substring as a window on its parent, so that a tag kept in state would
 * keep the whole message. Cutting a concatenation makes V8 copy the characters first.
 */
export function copyText(text: WireText): WireText {
  return ` ${text}`.slice(1);
}

/** The characters a person sees: the bytes of `wire` read as UTF-8, what is not UTF-8 as U+FFFD. */
export function decodeUtf8(wire: WireText): string {
  const bytes = Buffer.from(wire, 'latin1');
  return utf8Slice(bytes, 0, bytes.length);
}

/** The bytes of `text` in UTF-8, one character for each byte. */
export function encodeUtf8(text: string): WireText {
  const bytes = Buffer.from(text, 'utf8');
  return latin1Slice(bytes, 0, bytes.length);
}

/** `text` made fit to stand in a header field: line ends and control characters become spaces, non-latin1 becomes UTF-8. */
export function headerSafe(text: string): WireText {
  // The engine's own search is quicker, but not for the few characters that most texts have.
  if (text.length > longText) return unsafe.test(text) ? cleaned(text) : text;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code > 0xff) return cleaned(text);
  }
  return text;
}

const longText = 256;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unsafe = /[\0-\x08\x0a-\x1f]|[^\0-\xff]/;

function cleaned(text: string): WireText {
  const wire = /[^\0-\xff]/.test(text) ? encodeUtf8(text) : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return wire.replace(/[\0-\x08\x0a-\x1f]+/g, ' ');
}
