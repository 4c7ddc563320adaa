import { limits } from '../../kernel/limits.ts';
import { tokenEnd } from './header-names.ts';
import { methodAt } from './methods.ts';
import type { Source } from './source.ts';

/** A start line (RFC 3261 §7.1, §7.2), as far as it could be read. */
export interface StartLine {
  /** Undefined for a response. */
  readonly method: string | undefined;
  readonly uri: string;
  /** 0 for a request. */
  readonly status: number;
  readonly fault: string | undefined;
}

/** What a request line of another version is refused with (RFC 3261 §8.1.1.7, §21.5.6). */
export const versionFault = 'Version Not Supported';

/** What a Request-URI above the bound is refused with (RFC 3261 §21.4.12). */
export const uriFault = 'Request-URI Too Long';

/**
 * Reads the start line that ends, without its line end, at `stop`.
 *
 * @returns undefined for what begins neither a request nor a response
 */
export function startLineOf(source: Source, stop: number): StartLine | undefined {
  const { bytes } = source;
  const nameEnd = tokenEnd(bytes, 0, Math.min(stop, limits.methodBytesMax + 1));
  if (nameEnd > limits.methodBytesMax) return undefined;
  if (nameEnd === 3 && bytes[3] === 0x2f) return statusLine(source, stop);
  return nameEnd === 0 || bytes[nameEnd] !== 0x20 || nameEnd >= stop ? undefined : requestLine(source, nameEnd, stop);
}

function requestLine(source: Source, methodEnd: number, stop: number): StartLine {
  const { text } = source;
  const method = methodAt(source, 0, methodEnd);
  const uriEnd = stop - 8;
  if (uriEnd - methodEnd > limits.uriBytesMax) return { method, uri: '', status: 0, fault: uriFault };
  // White space within or around the URI is left in it, where it is no URI (RFC 4475 §3.1.2.8, §3.1.2.9).
  if (uriEnd > methodEnd + 1 && text.startsWith(' SIP/2.0', uriEnd)) {
    return { method, uri: text.slice(methodEnd + 1, uriEnd), status: 0, fault: undefined };
  }
  const words = /^([^ ]+) sip\/(\d+\.\d+)$/i.exec(text.slice(methodEnd + 1, stop));
  if (words === null) return { method, uri: '', status: 0, fault: 'Malformed Request Line' };
  return { method, uri: words[1] ?? '', status: 0, fault: words[2] === '2.0' ? undefined : versionFault };
}

function statusLine({ text }: Source, stop: number): StartLine | undefined {
  // The space before an empty reason phrase may be missing. Codes above 699 are of no class (RFC 4475 §3.1.2.19).
  const words = /^sip\/2\.0 ([1-6]\d\d)(?: |$)/i.exec(text.slice(0, Math.min(stop, 12)));
  if (words === null) return { method: undefined, uri: '', status: 0, fault: 'Malformed Status Line' };
  return { method: undefined, uri: '', status: Number(words[1]), fault: undefined };
}
