import type { SipRequest } from '../sip-stack/wire/message.ts';
import { lower } from '../sip-stack/wire/chars.ts';
import { parseTokenList } from '../sip-stack/wire/values.ts';

/** How the caller would like the request to be handled (RFC 3841 §9.1); a member he said nothing about is `undefined`. */
export interface Disposition {
  readonly proxy?: 'proxy' | 'redirect';
  readonly cancel?: 'cancel' | 'no-cancel';
  readonly fork?: 'fork' | 'no-fork';
  readonly recurse?: 'recurse' | 'no-recurse';
  readonly parallel?: 'parallel' | 'sequential';
  readonly queue?: 'queue' | 'no-queue';
}

/** The directives, by the type of each: of two of one type, which are illegal, the first counts. */
const typeOf: Readonly<Record<string, keyof Disposition>> = {
  proxy: 'proxy',
  redirect: 'proxy',
  cancel: 'cancel',
  'no-cancel': 'cancel',
  fork: 'fork',
  'no-fork': 'fork',
  recurse: 'recurse',
  'no-recurse': 'recurse',
  parallel: 'parallel',
  sequential: 'parallel',
  queue: 'queue',
  'no-queue': 'queue',
};

const nothing: Disposition = {};

/** Reads Request-Disposition; unknown directives are left out, the set is closed (RFC 3841 §9.1). */
export function dispositionOf(request: SipRequest): Disposition {
  if (!request.headers.has('request-disposition')) return nothing;
  const said: Partial<Record<keyof Disposition, string>> = {};
  for (const token of parseTokenList(request.headers.all('request-disposition'))) {
    const directive = lower(token);
    const type = Object.hasOwn(typeOf, directive) ? typeOf[directive] : undefined;
    if (type !== undefined) said[type] ??= directive;
  }
  return said as Disposition;
}
