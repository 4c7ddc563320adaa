import { latin1Slice } from '../sip-stack/wire/bytes.ts';
import { afterLineEnds } from '../sip-stack/wire/parse.ts';

const x = 0x78;
const CR = 0x0d;
const LF = 0x0a;
/** Lines that prove who somebody is begin with one of these, in lower case. */
const A = 0x61;
const P = 0x70;
/** Such a line with its continuations, looked for where a line begins. */
const proof = /(?:(?:proxy-)?authorization|authentication-info)[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/iy;
/** What is secret in it: digests, and whatever follows a scheme that sends the secret itself (RFC 7617, RFC 8898). */
const digests = /\b(?:response|rspauth)[ \t]*=[ \t]*"?([^"\s,;]+)/gi;
const credentials = /:\s*(?:basic|bearer)[ \t]+([^\s,]+)/gi;
/** The keys of SRTP in a session description (RFC 4568 §9.2). */
const keys = /^a=crypto:[^\r\n]*?\binline:([^\s|;]+)/gim;

/**
 * Writes an x over each character of a secret: whoever reads the trace cannot guess passwords from digests, and lengths stay
 * true. The bytes are changed in place.
 */
export function maskSecrets(message: Buffer): void {
  const text = latin1Slice(message, 0, message.length);
  let at = afterLineEnds(message);
  for (;;) {
    const code = text.charCodeAt(at);
    // An empty line: the body follows.
    if (code === CR || code === LF) break;
    if ((code | 0x20) === A || (code | 0x20) === P) maskLine(message, text, at);
    at = text.indexOf('\n', at) + 1;
    if (at === 0) return;
  }
  if (text.includes('a=crypto:', at)) maskIn(message, text.slice(at), at, keys);
}

function maskLine(message: Buffer, text: string, at: number): void {
  proof.lastIndex = at;
  const line = proof.exec(text)?.[0];
  if (line === undefined) return;
  maskIn(message, line, at, digests);
  maskIn(message, line, at, credentials);
}

function maskIn(message: Buffer, text: string, at: number, secret: RegExp): void {
  for (const found of text.matchAll(secret)) {
    const stop = at + found.index + found[0].length;
    message.fill(x, stop - (found[1] ?? '').length, stop);
  }
}
