/** A kind of transport: a closed set of facts told once (RFC 3261 §18). */
export interface TransportFacts {
  /** Token in Via: 'UDP', 'TCP', 'TLS', 'WS', 'WSS'. */
  readonly viaToken: string;
  /** Value of the URI parameter `transport`. */
  readonly uriParam: string;
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly defaultPort: number;
}

/**
 * A flow by name: `udp|<local host>:<local port>|<remote host>:<remote port>`. Lets state that outlives a flow object
 * (a subscription, a binding) find it again; `TransportLayer.flow(key)` answers whether it still is.
 */
export type FlowKey = string;

/** An address and port on the network; `host` is a numeric address, IPv6 without brackets. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

/**
 * Who is at the other end, over what: a UDP five-tuple or one connection (RFC 5626 §3.2). What came over a flow can be
 * answered over it.
 */
export interface Flow {
  /** Names this flow for keeping in state: `FlowKey` text, computed when asked for. */
  readonly key: FlowKey;
  readonly transport: TransportFacts;
  readonly local: Peer;
  readonly remote: Peer;
  /** False once a connection is closed; a UDP flow stays open while its socket does. */
  readonly open: boolean;
  /**
   * Domains that the peer proved by its certificate (RFC 5922 §7.1), lower case; absent where none was shown, asked for or
   * trusted. On a connection that we began, those of the server.
   */
  readonly provenDomains?: readonly string[] | undefined;
  /**
   * Sends one message. Never throws; a failure known later (ECONNREFUSED, reset) is told to `onFailure` once.
   */
  send(bytes: Buffer, onFailure?: (reason: string) => void): void;
}
