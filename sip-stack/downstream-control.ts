import type { Flow, Peer } from './flow.ts';
import type { Via } from './wire/via.ts';
import type { WireText } from './wire/message.ts';

/** What a request is, as far as it matters for leaving it out. */
export interface RequestInBrief {
  readonly method: string;
  readonly uri: WireText;
  /** All its header lines but Via, or what there is of them as text. */
  readonly headerText?: WireText;
}

/** Sends less to peers that ask for it (RFC 7339 §5.4, §5.5): `sent-requests.ts` asks, abuse/ answers. */
export interface DownstreamControl {
  /** Parameters of our Via that announce it to this peer, each with its semicolon; '' for others (RFC 7339 §4.1). */
  announcement(flow: Flow): string;
  /** Whether the peer is to be spared this request. */
  spares(request: RequestInBrief, peer: Peer): boolean;
  /** A response came with our Via as the peer filled it in. */
  onResponse(via: Via, flow: Flow): void;
}
