/**
 * Character classes of RFC 3261 §25.1 as bits of one table, so that a scanner tests a character by one load and one `and`.
 */
export const TOKEN = 1;
/** user without its escapes: unreserved and user-unreserved; bytes above 127 pass for clients that forget to escape. */
export const USER = 2;
/** password, without its escapes */
export const PASSWORD = 4;
/** hostname and IPv4address; the underscore is tolerated. */
export const HOST = 8;
/** What may stand between the brackets of an IPv6reference. */
export const IPV6 = 16;
/** paramchar of a URI, without escapes */
export const PARAM = 32;
/** hnv-unreserved of URI headers, without escapes, `=` and `&` */
export const URI_HEADER = 64;
/** An unquoted value of a header parameter: token, host or IPv6 and whatever else separates nothing. */
export const VALUE = 128;
/** word of Call-ID, and the `@` between its two */
export const WORD = 256;
export const DIGIT = 512;
export const HEX = 1024;
/** What may stand in a URI of a scheme that we do not know (RFC 3986 §2, no white space, quotes or angle brackets). */
export const URI_OTHER = 2048;
/** What may begin or stand in a URI scheme. */
export const SCHEME = 4096;

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const alphanum = letters + digits;
const unreserved = `${alphanum}-_.!~*'()`;

function createClasses(): Uint16Array {
  const classes = new Uint16Array(256);
  const mark = (chars: string, bit: number): void => {
    for (let at = 0; at < chars.length; at += 1) {
      const code = chars.charCodeAt(at);
      classes[code] = (classes[code] ?? 0) | bit;
    }
  };
  const range = (from: number, to: number): string =>
    String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, offset) => from + offset));
  const high = range(0x80, 0xff);
  const without = (chars: string, left: string): string =>
    Array.from(chars)
      .filter((one) => !left.includes(one))
      .join('');
  const token = `${alphanum}-.!%*_+\`'~`;
  mark(token, TOKEN);
  mark(`${unreserved}&=+$,;?/${high}`, USER);
  mark(`${unreserved}&=+$,`, PASSWORD);
  mark(`${alphanum}-._`, HOST);
  mark('0123456789abcdefABCDEF:.', IPV6);
  mark(`${unreserved}[]/:&+$`, PARAM);
  mark(`${unreserved}[]/?:+$`, URI_HEADER);
  mark(without(range(0x21, 0xff), '",;<>'), VALUE);
  mark(`${token}()<>:\\"/[]?{}@`, WORD);
  mark(digits, DIGIT);
  mark('0123456789abcdefABCDEF', HEX);
  mark(without(range(0x21, 0x7e) + high, '<>"'), URI_OTHER);
  mark(`${alphanum}+-.`, SCHEME);
  return classes;
}

const classes = createClasses();

/** Whether the byte at `at` is of one of `bits`. */
export const isAt = (bytes: Uint8Array, at: number, bits: number): boolean =>
  ((classes[bytes[at] ?? 0] ?? 0) & bits) !== 0;

/** First position from `at` on, before `end`, whose byte is not of `bits`. */
export function skip(bytes: Uint8Array, at: number, end: number, bits: number): number {
  let here = at;
  while (here < end && ((classes[bytes[here] ?? 0] ?? 0) & bits) !== 0) here += 1;
  return here;
}

/** As `skip`, over escapes (`%41`) too; stops at a `%` that begins none. */
export function skipEscaped(bytes: Uint8Array, at: number, end: number, bits: number): number {
  let here = skip(bytes, at, end, bits);
  while (here + 2 < end && bytes[here] === 0x25 && isAt(bytes, here + 1, HEX) && isAt(bytes, here + 2, HEX)) {
    here = skip(bytes, here + 3, end, bits);
  }
  return here;
}

/** Whether `word`, of small letters, digits and signs, stands at `at`, in any case. */
export function spells(bytes: Uint8Array, at: number, word: string): boolean {
  for (let offset = 0; offset < word.length; offset += 1) {
    const code = word.charCodeAt(offset);
    const byte = bytes[at + offset] ?? 0;
    if (byte !== code && !(byte + 0x20 === code && byte > 0x40 && byte < 0x5b)) return false;
  }
  return true;
}

/** First position from `at` on that is neither SP nor HTAB. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let here = at;
  while (here < end && isSpace(bytes[here])) here += 1;
  return here;
}

/** SP or HTAB. Line ends are none: a folded value is unfolded before it is read. */
export const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/** Position after the closing quote of the quoted string that begins at `at`; -1 when it never closes or holds a line end. */
export function skipQuoted(bytes: Uint8Array, at: number, end: number): number {
  let here = at + 1;
  while (here < end) {
    const byte = bytes[here];
    if (byte === 0x22) return here + 1;
    if (byte === 0x0a || byte === 0x0d) return -1;
    here += byte === 0x5c ? 2 : 1;
  }
  return -1;
}

/** `text` with its escapes resolved, once and not again (RFC 4475 §3.1.1.3). */
export function unescape(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The contents of a quoted string, without the quotes, its quoted pairs resolved. */
export function unquote(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\s\S])/g, '$1') : text;
}

/** `text` as a quoted string (RFC 3261 §25.1). */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** `text` in lower case; costs no copy when it is so already, as most names are. */
export function lower(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x40 && code < 0x5b) return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
  }
  return text;
}
