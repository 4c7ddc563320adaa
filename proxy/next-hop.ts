import { isLoose } from '../sip-stack/route-taken.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import { parseNameAddr } from '../sip-stack/wire/name-addr.ts';
import { parseUri, uriToText } from '../sip-stack/wire/uri.ts';
import type { Target } from './call.ts';

/** What the Request-URI and Route of a request become for one target, and which URI tells where to send it. */
export interface NextHop {
  readonly uri: WireText;
  readonly routes: readonly WireText[];
  /** The URI that RFC 3263 is applied to (RFC 3261 §16.6 step 7). */
  readonly towards: WireText;
  readonly isSecure: boolean;
}

/**
 * Steps 2, 6 and 7 of RFC 3261 §16.6.
 *
 * @param route  what remains of the Route of the request
 * @returns undefined when the first Route value cannot be read
 */
export function nextHopOf(target: Target, route: readonly WireText[]): NextHop | undefined {
  const uri = asRequestUri(target.uri);
  const routes = target.path.length === 0 ? route : [...target.path, ...route];
  const [first] = routes;
  const isSecure = isSips(uri);
  if (first === undefined) return { uri, routes, towards: uri, isSecure };
  const parsed = parseNameAddr(first);
  if (!parsed.ok) return undefined;
  const top = parsed.value.uri;
  const { text } = top;
  if (isLoose(top)) {
    // A SIPS Request-URI makes every hop a SIPS one (RFC 3261 §16.6 step 7).
    const towards = isSecure && !isSips(text) ? `sips${text.slice(text.indexOf(':'))}` : text;
    return { uri, routes, towards, isSecure: isSecure || isSips(text) };
  }
  // A strict router wants its own URI in front, and ours after all others (RFC 3261 §16.6 step 6).
  const own = asRequestUri(text);
  return { uri: own, routes: [...routes.slice(1), `<${uri}>`], towards: own, isSecure: isSips(own) };
}

const isSips = (uri: WireText): boolean => uri.startsWith('sips:') || uri.startsWith('SIPS:');

/** Without what may not stand in a Request-URI: headers and `method` (RFC 3261 §19.1.1 table 1, §16.6 step 2). */
function asRequestUri(text: WireText): WireText {
  if (!text.includes('?') && !text.includes(';method=')) return text;
  const parsed = parseUri(text);
  if (!parsed.ok || parsed.value.rest !== undefined) return text;
  const { scheme, user, password, host, port, params } = parsed.value;
  const kept = new Map([...params].filter(([name]) => name !== 'method'));
  return uriToText({ scheme, user, password, host, port, params: kept, headers: new Map(), rest: undefined });
}
