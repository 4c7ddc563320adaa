import type { Tokens } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Defects } from './defects.ts';
import type { Flow, Peer, TransportFacts } from './flow.ts';
import type { MessageCounts } from './message-counts.ts';
import type { Destination, Outcome, OutcomeListener, OutgoingRequest, RequestSender } from './outgoing.ts';
import type { ClientSide, ClientTransaction, SentRequest } from './transaction/client-side.ts';
import { InviteClientTransaction } from './transaction/invite-client-transaction.ts';
import { NonInviteClientTransaction } from './transaction/non-invite-client-transaction.ts';
import type { TransactionTimers } from './transaction/timers.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import type { SipResponse } from './wire/message.ts';
import { writeRequest } from './wire/write.ts';

/** The client side of the endpoint: from a request of ours to its transaction, and a response back. */
export interface SentRequests extends RequestSender {
  /** @param response  checked by `faultOf` */
  onResponse(response: SipResponse): void;
  onFlowClosed(flow: Flow): void;
  /** Live transactions. */
  readonly size: number;
}

/** Which transport a large request takes; createLargeRequests of transport/large-request.ts fits (RFC 3261 §18.1.1). */
export interface LargeRequestChoice {
  /** @returns the transport to use for a request of this size */
  transportFor(destination: Destination & { readonly kind: 'address' }, bytesLength: number): TransportFacts;
  /** The transport that was chosen for size alone did not reach the peer. */
  refused(peer: Peer): void;
}

export interface SentRequestsDeps {
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly counts: MessageCounts;
  readonly defects: Defects;
  readonly layer: () => TransportLayer;
  readonly largeRequests: LargeRequestChoice;
  /** Live transactions of both sides. */
  readonly live: () => number;
}

type Address = Destination & { readonly kind: 'address' };

/**
 * Bits of chance in a branch: unique without a count, and no stranger can answer in another's place (RFC 3261
 * §8.1.1.7).
 */
const branchBits = 72;

export function createSentRequests(
  deps: SentRequestsDeps,
  config: { readonly timers: TransactionTimers },
): SentRequests {
  const { counts, wheel } = deps;
  const transactions = new Map<string, ClientTransaction>();
  const side = createClientSide(deps, config.timers, transactions);
  let sweeping = false;

  const viaOf = (flow: Flow, branch: string): string => {
    const { reliable, viaToken } = flow.transport;
    const via = `SIP/2.0/${viaToken} ${deps.layer().sentBy(flow)};branch=${branch}`;
    return reliable ? via : `${via};rport`;
  };

  const prepare = (request: OutgoingRequest, flow: Flow, listener: OutcomeListener): SentRequest => {
    const branch = `z9hG4bK${deps.tokens.token(branchBits)}`;
    const via = viaOf(flow, branch);
    return { request, branch, via, bytes: writeRequest(request, via), flow, listener };
  };

  const start = (sent: SentRequest): void => {
    counts.requestSent(sent.request.method);
    if (sent.request.method === 'ACK') {
      sent.flow.send(sent.bytes);
      return;
    }
    const transaction =
      sent.request.method === 'INVITE'
        ? new InviteClientTransaction(side, sent)
        : new NonInviteClientTransaction(side, sent);
    transactions.set(sent.branch, transaction);
    if (sent.flow.open) transaction.start();
    else transaction.failSoon('Flow Closed');
  };

  /** Over the transport that its size asks for, and over the first one again when that fails (RFC 3261 §18.1.1). */
  const startTowards = (request: OutgoingRequest, towards: Address, listener: OutcomeListener): void => {
    const small = prepare(request, deps.layer().connect(towards.transport, towards.peer), listener);
    if (towards.transport.reliable) {
      start(small);
      return;
    }
    const transport = deps.largeRequests.transportFor(towards, small.bytes.length);
    if (transport === towards.transport) {
      start(small);
      return;
    }
    const flow = deps.layer().connect(transport, towards.peer);
    start(
      prepare(request, flow, {
        onProvisional: (response) => listener.onProvisional?.(response),
        onFurtherSuccess: (response) => listener.onFurtherSuccess?.(response),
        onOutcome(outcome) {
          if (outcome.kind !== 'transport-error') {
            listener.onOutcome(outcome);
            return;
          }
          deps.largeRequests.refused(towards.peer);
          start(prepare(request, deps.layer().connect(towards.transport, towards.peer), listener));
        },
      }),
    );
  };

  const sweep = (): void => {
    sweeping = false;
    for (const transaction of [...transactions.values()]) {
      if (!transaction.flow.open) transaction.failSoon('Connection Closed');
    }
  };

  return {
    send(request, towards, listener) {
      if (deps.live() >= limits.transactionsMax) {
        counts.overload.add();
        refuseSoon(wheel, side, listener, 'Too Many Transactions');
      } else if (towards.kind === 'flow') start(prepare(request, towards.flow, listener));
      else startTowards(request, towards, listener);
    },
    onResponse(response) {
      const { branch } = response.via;
      const transaction = branch === undefined ? undefined : transactions.get(branch);
      // The CSeq method tells a CANCEL from the request it cancels (RFC 3261 §17.1.3).
      if (transaction === undefined || transaction.method !== response.cseq.method) {
        counts.strayResponses.add();
        return;
      }
      counts.responseReceived(response.status);
      transaction.onResponse(response);
    },
    onFlowClosed(flow) {
      // Many connections may go at once: one look at all transactions serves every one that closed within a tick.
      if (!flow.transport.reliable || sweeping || transactions.size === 0) return;
      sweeping = true;
      wheel.start(milliseconds(0), sweep, undefined);
    },
    get size() {
      return transactions.size;
    },
  };
}

function createClientSide(
  deps: SentRequestsDeps,
  timers: TransactionTimers,
  transactions: Map<string, ClientTransaction>,
): ClientSide {
  const { counts, defects } = deps;
  return {
    wheel: deps.wheel,
    timers,
    report(listener, outcome: Outcome) {
      if (outcome.kind === 'timeout') counts.timeouts.add();
      try {
        listener.onOutcome(outcome);
      } catch (error) {
        defects.report('outcome-listener-failed', error);
      }
    },
    reportProvisional(listener, response) {
      try {
        listener.onProvisional?.(response);
      } catch (error) {
        defects.report('provisional-listener-failed', error);
      }
    },
    reportFurtherSuccess(listener, response) {
      try {
        listener.onFurtherSuccess?.(response);
      } catch (error) {
        defects.report('further-success-listener-failed', error);
      }
    },
    countResent() {
      counts.retransmissionsSent.add();
    },
    forget(transaction) {
      transactions.delete(transaction.branch);
    },
  };
}

/** Tells a listener, after `send` has returned, that nothing was sent. */
function refuseSoon(wheel: TimerWheel, side: ClientSide, listener: OutcomeListener, reason: string): void {
  wheel.start(
    milliseconds(0),
    (refused: OutcomeListener) => {
      side.report(refused, { kind: 'transport-error', reason });
    },
    listener,
  );
}
