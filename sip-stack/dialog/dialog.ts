/**
 * The state of a dialog as both ends hold it (RFC 3261 §12). A plain value, flat so that it can be a part of a table row:
 * no member is a slice of a message.
 */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests without tag: name-addr text. */
  readonly localUri: string;
  /** To of our requests without tag: name-addr text. */
  readonly remoteUri: string;
  /** Contact URI of the peer: the Request-URI of our requests. */
  readonly remoteTarget: string;
  /** Route values in the order they are to be written, comma-separated; '' when there is none. */
  readonly routeSet: string;
  /** CSeq number of our last request; 0 before the first. */
  readonly localCSeq: number;
  /** CSeq number of the peer's last request. */
  readonly remoteCSeq: number;
}
