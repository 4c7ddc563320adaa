import type { Result } from '../kernel/result.ts';
import { limits } from '../kernel/limits.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Flow } from './flow.ts';
import type { SipRequest, WireText } from './wire/message.ts';
import { parseNameAddr } from './wire/name-addr.ts';
import type { SipUri } from './wire/uri.ts';
import { parseUri, uriToText } from './wire/uri.ts';
import { splitList } from './wire/values.ts';

/** What is left of the Route of a request once our own part in it is taken away (RFC 3261 §16.4). */
export interface RouteTaken {
  /** The Request-URI, put right where a strict router sent it. */
  readonly uri: SipUri;
  /** Route values that remain, as written. */
  readonly remaining: readonly WireText[];
  /**
   * The last value of ours that was taken away: the one that faces where the request is going (of a double Record-Route the
   * second). `undefined` when the request did not come by a Route of ours.
   */
  readonly own: SipUri | undefined;
}

const none: readonly WireText[] = [];

/** Whether the Route has to be read at all: for most requests there is none, nor an maddr. */
export const hasRoute = (request: SipRequest, uri: SipUri): boolean =>
  request.headers.has('route') || uri.text.includes('maddr=');

/** What is said of a request without Route. */
export const untouched = (uri: SipUri): RouteTaken => ({ uri, remaining: none, own: undefined });

/**
 * Reads the Route (RFC 3261 §16.4): a strict router upstream has put our Record-Route value into the Request-URI and the
 * Request-URI into the last Route value; a value of ours on top is taken away, and a second one if we record-routed twice.
 *
 * @param isOurs  whether a URI is an address or a domain of ours
 * @fault a sentence that names what is malformed
 */
export function takeRoute(
  request: SipRequest,
  flow: Flow,
  isOurs: (uri: SipUri) => boolean,
): Result<RouteTaken, string> {
  const values = routeValues(request);
  if (values === undefined) return fail('Too Many Route Values');
  let uri = request.requestUri;
  let own: SipUri | undefined;
  if (values.length > 0 && isLoose(uri) && isOurs(uri)) {
    own = uri;
    const last = addressIn(values.pop());
    if (last === undefined) return fail('Malformed Route');
    uri = last;
  }
  while (values.length > 0) {
    const top = addressIn(values[0]);
    if (top === undefined) return fail('Malformed Route');
    if (!isOurs(top)) break;
    own = top;
    values.shift();
  }
  return ok({ uri: withoutMaddr(uri, flow, isOurs), remaining: values, own });
}

/** The values of all lines in order; undefined when there are more than limits.headerValuesMax. */
function routeValues(request: SipRequest): WireText[] | undefined {
  const lines = request.headers.all('route');
  const values: WireText[] = [];
  for (const line of lines) {
    for (const value of splitList(line)) values.push(value);
    if (values.length > limits.headerValuesMax) return undefined;
  }
  return values;
}

/** Whether the next hop named by this URI is a loose router (RFC 3261 §19.1.1). */
export const isLoose = (uri: SipUri): boolean => uri.text.includes(';') && uri.params.has('lr');

function addressIn(value: WireText | undefined): SipUri | undefined {
  const parsed = parseNameAddr(value ?? '');
  return parsed.ok ? parsed.value.uri : undefined;
}

/**
 * An maddr that means us, on the port and transport the request came by, has done its work: it goes, with port and transport
 * (RFC 3261 §16.4). Any other stays, and leads the request away (RFC 3261 §16.5).
 */
function withoutMaddr(uri: SipUri, flow: Flow, isOurs: (uri: SipUri) => boolean): SipUri {
  const maddr = uri.params.get('maddr');
  if (maddr === undefined) return uri;
  const transport = uri.params.get('transport')?.toLowerCase() ?? 'udp';
  const port = uri.port ?? flow.transport.defaultPort;
  const host = parseUri(`sip:${maddr}`);
  if (!host.ok || !isOurs(host.value) || transport !== flow.transport.uriParam || port !== flow.local.port) return uri;
  const params = new Map([...uri.params].filter(([name]) => name !== 'maddr' && name !== 'transport'));
  const { scheme, user, password, headers, rest } = uri;
  const text = uriToText({ scheme, user, password, host: uri.host, port: undefined, params, headers, rest });
  const stripped = parseUri(text);
  return stripped.ok ? stripped.value : uri;
}
