import { splitList } from '../wire/values.ts';
import type { Dialog } from './dialog.ts';

/** How requests of a dialog find their way (RFC 3261 §12.2.1.1). */
export interface DialogPath {
  readonly requestUri: string;
  /** Value of the Route header; '' when there is to be none. */
  readonly route: string;
  /** The URI from which the next hop is found (RFC 3261 §8.1.2, RFC 3263): of the first Route if there is one. */
  readonly nextHop: string;
}

/** The same for every request until the target is refreshed: ask once and keep it where many requests are made. */
export function pathOf({ routeSet, remoteTarget }: Pick<Dialog, 'routeSet' | 'remoteTarget'>): DialogPath {
  if (routeSet === '') return { requestUri: remoteTarget, route: '', nextHop: remoteTarget };
  const [first = '', ...rest] = splitList(routeSet);
  const uri = uriOf(first);
  if (isLoose(uri)) return { requestUri: remoteTarget, route: routeSet, nextHop: uri };
  // A strict router finds itself in the Request-URI and the target at the end of Route.
  return { requestUri: asRequestUri(uri), route: [...rest, `<${remoteTarget}>`].join(', '), nextHop: uri };
}

/** The URI of a Route value. */
function uriOf(route: string): string {
  const open = route.lastIndexOf('<');
  const close = route.indexOf('>', open);
  return open < 0 || close < 0 ? route : route.slice(open + 1, close);
}

const isLoose = (uri: string): boolean => /;lr(?:[;=?]|$)/i.test(uri);

/** Without what a Request-URI must not have: headers and the parameter `method` (RFC 3261 §19.1.1). */
const asRequestUri = (uri: string): string => (uri.split('?', 1)[0] ?? '').replace(/;method=[^;]*/i, '');
