import type { Result } from '../../kernel/result.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../flow.ts';
import type { ParseFault } from '../wire/fault.ts';
import type { SipMessage } from '../wire/message.ts';

/** What the transports tell the endpoint. Given at construction; must not throw. */
export interface TransportListener {
  /** One message, structurally sound (start line, header lines, framing); its headers are not yet checked. */
  onMessage(message: SipMessage, flow: Flow): void;
  /** Bytes that are no message; `fault.request` is there when enough was readable to answer 400. */
  onMalformed(fault: ParseFault, flow: Flow): void;
  /** A connection is gone, with all its flow could carry. */
  onFlowClosed(flow: Flow): void;
}

/** Where we listen. */
export interface BoundAddress extends Peer {
  readonly transport: TransportFacts;
  /** `host` or `host:port` (IPv6 in brackets) to name in Via and Contact where peers do not see the address we are bound to (NAT). */
  readonly advertised?: string;
}

/** All transports behind one face (RFC 3261 §18). */
export interface TransportLayer {
  listen(addresses: readonly BoundAddress[]): Promise<Result<readonly BoundAddress[], string>>;
  /** Addresses we are bound to, with real ports. */
  readonly bound: readonly BoundAddress[];
  /**
   * The flow to use towards an address: an open connection is reused, else one is begun (sends wait for it). When that
   * cannot be, the flow is not open and tells every `onFailure` why.
   *
   * @param domain the name the address was found for, for kinds that prove who answers (RFC 5922 §4)
   */
  connect(transport: TransportFacts, peer: Peer, domain?: string): Flow;
  /** The flow of this name if it can still carry a message; a UDP flow is made again from its name. */
  flow(key: FlowKey): Flow | undefined;
  /** host[:port] for our Via on this flow. */
  sentBy(flow: Flow): string;
  /**
   * A URI without angle brackets that reaches us over the kind of transport of this flow: `sip:host:port;transport=tcp`.
   *
   * @param scheme  'sips' where the request was to a SIPS URI (RFC 3261 §12.1.1): `sips:host:port`; over what is not secure
   *                there is none, and it is a SIP URI
   */
  contact(flow: Flow, scheme?: 'sip' | 'sips'): string;
  stop(): Promise<void>;
}
