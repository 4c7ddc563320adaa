/** 1 for a character that may start a name, 2 for one that may go on in it (XML 1.0 §2.3), ASCII only. */
const asciiNames = new Uint8Array(128);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:') {
  asciiNames[character.charCodeAt(0)] = 1;
}
for (const character of '0123456789-.') asciiNames[character.charCodeAt(0)] = 2;

/** The rest of production [4] NameStartChar; astral planes 1 to 14 are seen as their high surrogates. */
const otherNameStart =
  /[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\udb7f\udc00-\udfff\uf900-\ufdcf\ufdf0-\ufffd]/;
/** The rest of production [4a] NameChar beyond the above. */
const otherNameChar = /[\u00b7\u0300-\u036f\u203f\u2040]/;

export const startsName = (code: number): boolean => (code < 128 ? asciiNames[code] === 1 : isOtherNameStart(code));

const isOtherNameStart = (code: number): boolean =>
  otherNameStart.test(String.fromCharCode(code)) && !(code >= 0xdc00 && code <= 0xdfff);

/** Whether a UTF-16 unit may stand inside a name; a low surrogate may, for it follows a high one (the text is sound). */
export const continuesName = (code: number): boolean =>
  code < 128 ? asciiNames[code] !== 0 : isOtherNameCharacter(code);

/** Apart, so that what is left above is small enough to be inlined. */
function isOtherNameCharacter(code: number): boolean {
  const character = String.fromCharCode(code);
  return otherNameStart.test(character) || otherNameChar.test(character);
}

/** The end of the name that starts at `at`; `at` itself when none does. */
export function nameEnd(text: string, at: number): number {
  if (!startsName(text.charCodeAt(at))) return at;
  let end = at + 1;
  while (continuesName(text.charCodeAt(end))) end += 1;
  return end;
}

export const isBlank = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** The first place at or after `at` that holds no white space. */
export function skipBlanks(text: string, at: number): number {
  let end = at;
  while (isBlank(text.charCodeAt(end))) end += 1;
  return end;
}

/** A character that XML 1.0 §2.2 does not allow anywhere, escaped or not. Surrogates are sound in text decoded from UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
export const unlawful = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Whether a character may be written as a reference (XML 1.0 §2.2). */
export function isLawfulCodePoint(point: number): boolean {
  if (point < 0x20) return point === 9 || point === 10 || point === 13;
  if (point >= 0xd800 && point <= 0xdfff) return false;
  return point <= 0x10ffff && point !== 0xfffe && point !== 0xffff;
}
