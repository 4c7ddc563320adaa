import type { Peer } from './flow.ts';
import { bracketed } from '../net/address.ts';
import type { WireText } from './wire/message.ts';
import type { Via } from './wire/via.ts';

/** Longest Via that is looked into: a host name, a branch and a few parameters. */
const viaMax = 4096;

/**
 * The topmost Via of a response: with `received` where the request did not come from where its sent-by says, and with
 * `received` and the value of `rport` where the client asked (RFC 3261 §18.2.1, RFC 3581 §4).
 *
 * @param text    the value as received
 * @param source  where the request came from
 * @returns undefined when it stays as it is
 */
export function stampVia(text: WireText, via: Via, source: Peer): WireText | undefined {
  const { hasRport } = via;
  // Of no client that means well: it is told nothing more than it wrote.
  if (text.length > viaMax) return undefined;
  if (!hasRport && via.host === bracketed(source.host) && !text.includes('eceived')) return undefined;
  const at = hasRport ? text.indexOf(';rport') : -1;
  const after = at < 0 ? '' : text.charAt(at + 6);
  // The usual form, told without taking the value apart: a bare rport, nothing quoted, no `received` of the client.
  if (at > 0 && (after === '' || after === ';') && !text.includes('"') && !text.includes('eceived')) {
    return `${text.slice(0, at)};received=${source.host};rport=${String(source.port)}${text.slice(at + 6)}`;
  }
  return stampBySegment(text, hasRport, source);
}

function stampBySegment(text: WireText, hasRport: boolean, source: Peer): WireText {
  const [sentBy = '', ...params] = segmentsOf(text);
  // A `received` that the client wrote itself is not ours to repeat.
  const kept = params.filter((param) => !isStamp(param));
  const rport = hasRport ? `;rport=${String(source.port)}` : '';
  return `${[sentBy.trim(), ...kept].join(';')};received=${source.host}${rport}`;
}

const stamp = /^\s*(?:received|rport)\s*(?:=|$)/i;

/** Whether a parameter is one of the two that we write; most do not begin like them. */
function isStamp(param: string): boolean {
  const first = param.charCodeAt(0);
  return (first === 0x72 || first === 0x52 || first <= 0x20) && stamp.test(param);
}

/** A Via value, split at semicolons outside quoted strings. */
export function segmentsOf(text: WireText): readonly string[] {
  if (!text.includes('"')) return text.split(';');
  const found: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x5c && quoted) at += 1;
    else if (code === 0x3b && !quoted) {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  found.push(text.slice(start));
  return found;
}
