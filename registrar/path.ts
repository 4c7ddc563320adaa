import { limits } from '../kernel/limits.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { badExtension, badRequest } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { Headers, WireText } from '../sip-stack/wire/message.ts';
import { parseNameAddr } from '../sip-stack/wire/name-addr.ts';
import { parseTokenList, splitList } from '../sip-stack/wire/values.ts';
import type { RegistrarConfig } from './settings.ts';

/** Whether the client says that it supports an extension (RFC 3261 §20.37). */
export function supports(headers: Headers, tag: 'path' | 'outbound' | 'gruu'): boolean {
  if (!headers.has('supported')) return false;
  return parseTokenList(headers.all('supported')).some((each) => each.toLowerCase() === tag);
}

/**
 * The route to the contacts of a REGISTER, values as written in their order, comma-separated; '' for none (RFC 3327 §5.3).
 *
 * @fault 420 when the client did not ask for a Path, which somebody on the way has added; 400 when it is no route
 */
export function readPath(headers: Headers, config: RegistrarConfig): Result<WireText, Refusal> {
  if (!headers.has('path')) return ok('');
  if (config.pathUnsupported === 'refuse' && !supports(headers, 'path')) return fail(badExtension(['path']));
  const values = headers.all('path').flatMap(splitList);
  if (values.length === 0 || !values.every(isRoute)) return fail(badRequest('Bad Path'));
  const path = values.join(', ');
  return path.length > limits.pathLengthMax ? fail(badRequest('Path Too Long')) : ok(path);
}

/** The values of a path as it is stored. */
export const pathValues = (path: WireText): readonly WireText[] => (path === '' ? noValues : splitList(path));

const noValues: readonly WireText[] = [];

/**
 * Whether the first hop of the client supports outbound (RFC 5626 §6). The RFC asks for `ob` in "the first URI": the edge
 * proxy is the first to add one and so stands last when others follow, but some readers put it on top; either will do, since
 * only an edge proxy may write it (RFC 5626 §5.1).
 */
export function comesFromOutboundEdge(path: WireText): boolean {
  const values = pathValues(path);
  return hasOb(values.at(0)) || hasOb(values.at(-1));
}

function hasOb(value: WireText | undefined): boolean {
  const read = parseNameAddr(value ?? '');
  return read.ok && read.value.uri.params.has('ob');
}

/** A value of Route: a SIP URI in angle brackets (RFC 3261 §20.34). */
function isRoute(value: WireText): boolean {
  if (!value.includes('<')) return false;
  const read = parseNameAddr(value);
  return read.ok && (read.value.uri.scheme === 'sip' || read.value.uri.scheme === 'sips');
}
