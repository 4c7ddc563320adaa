import type { Clock, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import { createDefects } from './defects.ts';
import type { DownstreamControl } from './downstream-control.ts';
import type { Flow } from './flow.ts';
import { createMessageCounts } from './message-counts.ts';
import type { Forwarder, SentOn, StrayReceiver } from './forwarding.ts';
import type { Gate } from './gate.ts';
import type { RequestSender } from './outgoing.ts';
import type { OverloadFeedback } from './overload-feedback.ts';
import { createReceivedRequests } from './received-requests.ts';
import type { ReceivedRequests } from './received-requests.ts';
import type { RequestReceiver } from './responder.ts';
import { createResponses } from './respond.ts';
import { createSentRequests } from './sent-requests.ts';
import type { LargeRequestChoice } from './large-request-choice.ts';
import type { SentRequests } from './sent-requests.ts';
import type { TransactionTimers } from './transaction/timers.ts';
import type { TransportLayer, TransportListener } from './transport/layer-port.ts';
import type { WaysBack } from './ways-back.ts';
import type { ParseFault } from './wire/fault.ts';
import type { SipMessage } from './wire/message.ts';
import { faultOf } from './wire/validate.ts';

/**
 * The one joint between transports, transactions and what uses them (RFC 3261 §5): give it to the transport layer as
 * listener, to whoever sends requests as sender, and to the proxy as forwarder.
 */
export type Endpoint = TransportListener &
  RequestSender &
  Forwarder &
  SentOn & {
    /** Transactions under way, of both sides: how much of limits.transactionsMax is taken. */
    readonly liveTransactions: number;
  };

export interface EndpointDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly largeRequests: LargeRequestChoice;
  /** Functions, since each of these is made with the endpoint in hand; asked when the first message comes or goes. */
  readonly layer: () => TransportLayer;
  readonly receiver: () => RequestReceiver;
  /** Who takes what no transaction claims: the proxy. Without one it is counted and dropped. */
  readonly strays?: () => StrayReceiver;
  /** Who is let in; everybody when absent. */
  readonly gate?: Gate;
  /** What upstream neighbours are told of our load; nothing when absent. */
  readonly feedback?: OverloadFeedback;
  /** Sends less to peers that ask for it; nobody is spared when absent. */
  readonly downstream?: DownstreamControl;
  /** Sends responses, and again by another way when their flow fails (RFC 3263 §5); they are lost then when absent. */
  readonly waysBack?: WaysBack;
}

export interface EndpointConfig {
  readonly timers: TransactionTimers;
  /** Text of the Server header of responses; '' for none (RFC 3261 §20.35). */
  readonly serverHeader: string;
  /** Lowers limits.completedTransactionsMax. */
  readonly completedTransactionsMax?: number;
}

export function createEndpoint(deps: EndpointDeps, config: EndpointConfig): Endpoint {
  const { log, meter } = deps;
  const counts = createMessageCounts(meter);
  const defects = createDefects(deps);
  const responses = createResponses(deps, config);
  const live = (): number => received.size + sent.size;
  const received: ReceivedRequests = createReceivedRequests({ ...deps, counts, responses, live }, config);
  const sent: SentRequests = createSentRequests({ ...deps, counts, defects, live }, config);
  declareGauges(meter, received, sent);

  const noteFault = (fault: ParseFault, flow: Flow): void => {
    counts.malformed.add();
    log.debug('malformed-message', { reason: fault.reason, peer: flow.remote.host });
  };
  const refuse = (fault: ParseFault, flow: Flow, isToldOf: boolean): void => {
    noteFault(fault, flow);
    if (deps.gate?.onFault(flow, isToldOf) !== false) received.onFault(fault, flow);
  };
  const take = (message: SipMessage, flow: Flow): void => {
    const fault = faultOf(message);
    if (message.kind === 'request') {
      if (fault === undefined) received.onRequest(message, flow);
      else refuse(fault, flow, false);
    } else if (fault === undefined) sent.onResponse(message, flow);
    else noteFault(fault, flow);
  };

  return {
    onMessage(message, flow) {
      try {
        take(message, flow);
      } catch (error) {
        defects.report('message-failed', error);
      }
    },
    onMalformed(fault, flow) {
      try {
        refuse(fault, flow, true);
      } catch (error) {
        defects.report('malformed-failed', error);
      }
    },
    onFlowClosed(flow) {
      sent.onFlowClosed(flow);
    },
    send(request, towards, listener) {
      sent.send(request, towards, listener);
    },
    forward: (request, towards, listener) => sent.forward(request, towards, listener),
    forwardStatelessly(request, origin, towards) {
      sent.forwardStatelessly(request, origin, towards);
    },
    returnStatelessly(response, linesOf) {
      sent.returnStatelessly(response, linesOf);
    },
    hasComeBack: (request) => sent.hasComeBack(request),
    get liveTransactions() {
      return live();
    },
  };
}

function declareGauges(meter: Meter, received: ReceivedRequests, sent: SentRequests): void {
  const name = 'pharos_sip_transactions';
  const help = 'Transactions: live ones by side, completed and accepted ones kept for retransmissions';
  meter.gauge(name, help, () => received.size, { kind: 'server' });
  meter.gauge(name, help, () => sent.size, { kind: 'client' });
  meter.gauge(name, help, () => received.completed.size, { kind: 'completed' });
  meter.gauge(name, help, () => sent.accepted.size, { kind: 'accepted' });
  meter.gauge('pharos_sip_completed_bytes', 'Bytes that completed transactions take', () => received.completed.bytes);
}
