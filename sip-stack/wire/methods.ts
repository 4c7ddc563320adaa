import type { Source } from './source.ts';

/** Methods of the IANA registry; what names one of them is given this very string, so that comparing is comparing pointers. */
const methods = [
  'REGISTER',
  'NOTIFY',
  'PUBLISH',
  'SUBSCRIBE',
  'OPTIONS',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'MESSAGE',
  'INFO',
  'PRACK',
  'REFER',
  'UPDATE',
] as const;

/** The method between `start` and `end`, case kept (RFC 3261 §7.1). */
export function methodAt({ text, bytes }: Source, start: number, end: number): string {
  for (const method of methods) {
    if (method.length === end - start && isWord(bytes, start, method)) return method;
  }
  return text.slice(start, end);
}

function isWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let offset = 0; offset < word.length; offset += 1) {
    if (bytes[at + offset] !== word.charCodeAt(offset)) return false;
  }
  return true;
}
