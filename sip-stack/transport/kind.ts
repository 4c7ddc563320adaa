import type { Clock, Tokens } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Result } from '../../kernel/result.ts';
import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../flow.ts';
import type { Admission } from './admission.ts';
import type { Certificates } from './certificates.ts';
import type { BoundAddress, TransportListener } from './layer-port.ts';
import type { TransportSettings } from './settings.ts';
import type { Sources } from './sources.ts';
import type { Tap } from './tap.ts';
import type { TlsSettings } from './tls-settings.ts';

/** What a kind of transport is given to work with. */
export interface TransportContext {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  /** Read at the point of use: members declared `live` change on reload. */
  readonly settings: TransportSettings;
  readonly tls: Pick<TlsSettings, 'clientCertificates' | 'verifyServers'>;
  readonly listener: TransportListener;
  /** Hears every message; looked at once for each. */
  readonly tap: Tap;
  /** Asked for each datagram and, through `sources`, for each new connection, before anything is read. */
  readonly admission: Admission;
  /** The connections of each source, over all kinds. */
  readonly sources: Sources;
  readonly certificates: Certificates;
}

/** One kind of transport: the member of the list in index.ts. Importing it does nothing; `start` does. */
export interface TransportKind {
  readonly facts: TransportFacts;
  start(context: TransportContext): Transport;
}

/**
 * A kind of transport at work. It parses what arrives and tells the listener, answers keepalives by itself, reports the
 * death of each flow once through `onFlowClosed`, and keeps its own bounds.
 */
export interface Transport {
  /** @fault the system's error code */
  listen(at: BoundAddress): Promise<Result<BoundAddress, string>>;
  /**
   * The flow to use towards a numeric address; begun when there is none. When that cannot be, the flow returned is not
   * open and tells every `onFailure` the reason.
   *
   * @param domain the name the address was found for, for kinds that prove who answers (RFC 5922 §4)
   */
  connect(peer: Peer, domain?: string): Flow;
  /** The flow of this name if it can still carry a message. */
  flow(key: FlowKey): Flow | undefined;
  /** Takes nothing in any more, lets what is queued go out within a bounded time, closes everything. */
  stop(): Promise<void>;
}
