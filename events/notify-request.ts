import type { OutgoingRequest } from '../sip-stack/outgoing.ts';
import type { Document } from './package.ts';
import type { SubscriptionRow } from './tables.ts';

/**
 * Builds a NOTIFY (RFC 6665 §4.2.2). Its header lines are one concatenation of the flat texts of the row: no list of
 * headers is made and walked for each watcher of a change.
 */
export function notifyRequest(
  row: SubscriptionRow,
  cseq: number,
  subscriptionState: string,
  document: Document | undefined,
): OutgoingRequest {
  const path = row.routeSet === '' ? undefined : pathOf(row.routeSet, row.remoteTarget);
  const uri = path === undefined ? row.remoteTarget : path.requestUri;
  const headerText =
    `${path === undefined ? '' : path.routeLine}From: <${row.localUri}>;tag=${row.localTag}\r\n` +
    `To: <${row.remoteUri}>;tag=${row.remoteTag}\r\nCall-ID: ${row.callId}\r\nCSeq: ${String(cseq)} NOTIFY\r\n` +
    `Contact: <${row.contact}>\r\nEvent: ${row.eventValue}\r\nSubscription-State: ${subscriptionState}\r\n`;
  return document === undefined
    ? { method: 'NOTIFY', uri, headers: noHeaders, headerText }
    : { method: 'NOTIFY', uri, headers: noHeaders, headerText, body: document };
}

const noHeaders: OutgoingRequest['headers'] = [];

/** URI that the next hop of our requests is found from. */
export const nextHopOf = (row: SubscriptionRow): string =>
  row.routeSet === '' ? row.remoteTarget : firstRoute(row.routeSet).uri;

interface Path {
  readonly requestUri: string;
  /** The Route header line with its end, or ''. */
  readonly routeLine: string;
}

function pathOf(routeSet: string, remoteTarget: string): Path {
  const first = firstRoute(routeSet);
  if (first.loose) return { requestUri: remoteTarget, routeLine: `Route: ${routeSet}\r\n` };
  // A strict router finds itself in the Request-URI and the target at the end of Route (RFC 3261 §12.2.1.1).
  const others = first.rest === '' ? `<${remoteTarget}>` : `${first.rest}, <${remoteTarget}>`;
  return { requestUri: first.uri, routeLine: `Route: ${others}\r\n` };
}

function firstRoute(routeSet: string): { readonly uri: string; readonly rest: string; readonly loose: boolean } {
  const open = routeSet.indexOf('<');
  const close = routeSet.indexOf('>', open);
  if (open < 0 || close < 0) return { uri: routeSet, rest: '', loose: true };
  const uri = routeSet.slice(open + 1, close);
  const comma = routeSet.indexOf(',', close);
  const rest = comma < 0 ? '' : routeSet.slice(comma + 1).trim();
  return { uri, rest, loose: /;lr(?:[;=?]|$)/i.test(uri) };
}
