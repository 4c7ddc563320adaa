import type { Milliseconds } from '../kernel/clock.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Log } from '../kernel/log.ts';
import type { CandidateSource } from '../sip-stack/candidates.ts';
import type { Defects } from '../sip-stack/defects.ts';
import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import type { Destination } from '../sip-stack/destination.ts';
import type { Failover } from '../sip-stack/failover.ts';
import type { Forwarder } from '../sip-stack/forwarding.ts';
import type { Locations } from './locations.ts';
import type { ProxyCounts } from './counts.ts';
import type { RecordRoute } from './record-route.ts';

/** What every request that is sent on needs of the others. */
export interface Engine {
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly defects: Defects;
  readonly counts: ProxyCounts;
  readonly forwarder: Forwarder;
  readonly failover: Failover;
  readonly candidates: CandidateSource['candidates'];
  readonly locations: Locations;
  readonly recordRoute: RecordRoute;
  /** The flow that a request to this destination leaves on. */
  readonly flowTowards: (destination: Destination) => Flow;
  /** Read at the point of use: `live` settings change on reload. */
  readonly config: EngineConfig;
}

export interface EngineConfig {
  /** How long an INVITE may ring (RFC 3261 §16.6 step 11). */
  readonly timerC: Milliseconds;
  /** How long one group of targets may ring while another waits; 0 for as long as Timer C. */
  readonly nextGroupAfter: Milliseconds;
  /** Targets that one request is sent to in all. */
  readonly branchesMax: number;
}

/** The name of the flow, when the destination is one. */
export const keptFlow = (destination: Destination): FlowKey =>
  destination.kind === 'flow' ? destination.flow.key : '';
