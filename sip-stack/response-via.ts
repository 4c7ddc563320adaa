import type { Peer } from './flow.ts';
import { bracketed } from '../net/address.ts';
import type { WireText } from './wire/message.ts';
import type { Via } from './wire/via.ts';

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
  const [sentBy = '', ...params] = segments(text);
  // A `received` that the client wrote itself is not ours to repeat.
  const kept = params.filter((param) => nameOf(param) !== 'received' && nameOf(param) !== 'rport');
  const rport = hasRport ? `;rport=${String(source.port)}` : '';
  return `${[sentBy.trim(), ...kept].join(';')};received=${source.host}${rport}`;
}

const nameOf = (param: string): string => (param.split('=', 1)[0] ?? '').trim().toLowerCase();

/** Splits at semicolons outside quoted strings. */
function segments(text: WireText): readonly string[] {
  const found: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (char === '\\' && quoted) at += 1;
    else if (char === ';' && !quoted) {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  found.push(text.slice(start));
  return found;
}
