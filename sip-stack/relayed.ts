import { canonicalHost, isPort } from '../net/address.ts';
import type { Peer, TransportFacts } from './flow.ts';
import type { RelayedResponse } from './forwarding.ts';
import type { SipResponse, WireText } from './wire/message.ts';
import type { HeaderSection } from './wire/section.ts';
import { missingLength, sectionOf, withoutTopVia } from './wire/section.ts';
import { parseVia } from './wire/via.ts';
import { joinMessage } from './wire/write.ts';

/**
 * A response from downstream as it goes on upstream: without our Via, otherwise as it came.
 *
 * @param linesOf  makes the lines, when they are not to be just what came below our Via
 * @returns undefined when no Via is left, so that it goes nowhere (RFC 3261 §16.7 step 3)
 */
export function relayedOf(
  response: SipResponse,
  linesOf: (section: HeaderSection) => WireText | undefined = withoutTopVia,
): RelayedResponse | undefined {
  const section = sectionOf(response);
  const lines = linesOf(section);
  if (lines === undefined) return undefined;
  const { status, reason, body } = response;
  return { status, reason, headerText: lines + missingLength(section.headers, body), body };
}

/** The bytes of a response that is sent on. */
export const relayedBytes = ({ status, reason, headerText, body }: RelayedResponse): Buffer =>
  joinMessage(`SIP/2.0 ${String(status)} ${reason}\r\n${headerText}\r\n`, body);

/**
 * Where a response goes by its topmost Via alone (RFC 3261 §18.2.2, RFC 3581 §4): for one without a server transaction.
 *
 * @returns undefined for a host that is a name: answering does not wait for the DNS
 */
export function returnAddress(
  via: WireText,
  transports: readonly TransportFacts[],
): { readonly transport: TransportFacts; readonly peer: Peer } | undefined {
  const parsed = parseVia(via);
  if (!parsed.ok) return undefined;
  const { transport: token, host, port, params } = parsed.value;
  const transport = transports.find((each) => each.viaToken === token);
  const maddr = transport?.reliable === false ? params.get('maddr') : undefined;
  const address = canonicalHost(maddr ?? params.get('received') ?? host);
  if (transport === undefined || address === undefined) return undefined;
  const rport = maddr === undefined ? Number(params.get('rport')) : Number.NaN;
  const sentBy = port ?? transport.defaultPort;
  const chosen = isPort(rport) ? rport : sentBy;
  return isPort(chosen) ? { transport, peer: { host: address, port: chosen } } : undefined;
}
