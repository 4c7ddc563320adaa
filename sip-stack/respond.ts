import { canonicalHost, isPort } from '../net/address.ts';
import type { Flow } from './flow.ts';
import type { Reply } from './reply.ts';
import { type OverloadFeedback, withFeedback } from './overload-feedback.ts';
import { stampVia } from './response-via.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import type { HeaderPair, SipRequest, WireText } from './wire/message.ts';
import type { Via } from './wire/via.ts';
import { topViaText } from './wire/via.ts';
import { writeResponse } from './wire/write.ts';

/** Makes responses of replies, and knows where they go. */
export interface Responses {
  /**
   * The bytes of the response (RFC 3261 §8.2.6).
   *
   * @param toTag  put on To if the request has no tag there; undefined for a 100
   */
  write(request: SipRequest, flow: Flow, reply: Reply, toTag: string | undefined): Buffer;
  /** The flow on which the response goes back (RFC 3261 §18.2.2, RFC 3581 §4). */
  flowFor(request: SipRequest, flow: Flow): Flow;
}

/** @param config.serverHeader  text of the Server header of every response (RFC 3261 §20.35); '' for none */
export function createResponses(
  deps: { readonly layer: () => TransportLayer; readonly feedback?: OverloadFeedback },
  config: { readonly serverHeader: string },
): Responses {
  const server: HeaderPair = ['Server', config.serverHeader];
  const complete = (request: SipRequest, reply: Reply, toTag: string | undefined): Reply => {
    const replied = toTag === undefined || request.to.tag !== undefined ? reply : tagged(reply, toTag);
    return config.serverHeader === '' ? replied : { ...replied, headers: [...(reply.headers ?? []), server] };
  };

  const told = (via: WireText): WireText => (deps.feedback === undefined ? via : withFeedback(via, deps.feedback));

  /** Back to the address it came from, at another port than it came from; over TLS to who its Via says it is. */
  const elsewhere = (flow: Flow, host: string, port: number, via: Via): Flow =>
    host === flow.remote.host && port === flow.remote.port
      ? flow
      : deps.layer().connect(flow.transport, { host, port }, via.host);

  return {
    write(request, flow, reply, toTag) {
      const top = topViaText(request.headers);
      const stamped = top === undefined ? undefined : stampVia(top, request.via, flow.remote);
      const via = top?.includes(';oc') === true ? told(stamped ?? top) : stamped;
      return writeResponse(request, complete(request, reply, toTag), via);
    },
    flowFor(request, flow) {
      const { via } = request;
      const { transport, remote } = flow;
      // The connection it came on as long as it is open, else a new one to the port of sent-by.
      if (transport.reliable)
        return flow.open ? flow : elsewhere(flow, remote.host, portOf(via.port, transport.defaultPort), via);
      const maddr = hasMaddr(request) ? canonicalHost(via.params.get('maddr') ?? '') : undefined;
      if (maddr !== undefined) return elsewhere(flow, maddr, portOf(via.port, transport.defaultPort), via);
      // The port it came from where rport asks for it (RFC 3581 §4), else that of sent-by.
      return via.hasRport ? flow : elsewhere(flow, remote.host, portOf(via.port, transport.defaultPort), via);
    },
  };
}

/** The usual replies are put together member by member: spreading an object costs as much as writing the response. */
function tagged(reply: Reply, toTag: string): Reply {
  if (reply.toTag === toTag) return reply;
  const { status, reason, headers, body } = reply;
  if (body !== undefined || headers === undefined) return { ...reply, toTag };
  return reason === undefined ? { status, headers, toTag } : { status, reason, headers, toTag };
}

const portOf = (sentBy: number | undefined, standard: number): number =>
  sentBy !== undefined && isPort(sentBy) ? sentBy : standard;

/**
 * Whether maddr may be there at all: spares the usual Via the taking apart of its parameters. A maddr that is no
 * numeric address is not followed: answering must not wait for the DNS.
 */
const hasMaddr = (request: SipRequest): boolean => topViaText(request.headers)?.includes('addr') === true;
