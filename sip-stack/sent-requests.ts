import type { Tokens } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { createTransientMap, textHash } from '../kernel/transient-map.ts';
import type { TransientMap } from '../kernel/transient-map.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Defects } from './defects.ts';
import type { DownstreamControl, RequestInBrief } from './downstream-control.ts';
import type { Flow, TransportFacts } from './flow.ts';
import type { MessageCounts } from './message-counts.ts';
import type { Branch, ForwardedRequest, Forwarder, SentOn, StrayReceiver } from './forwarding.ts';
import { forwardedBytes } from './forwarded.ts';
import { LargeAttempt } from './large-attempt.ts';
import type { Destination, Outcome, OutcomeListener, OutgoingRequest, RequestSender } from './outgoing.ts';
import type { LargeRequestChoice } from './large-request-choice.ts';
import { createAcceptedBranches } from './transaction/accepted-branches.ts';
import type { AcceptedBranches } from './transaction/accepted-branches.ts';
import type { ClientSide, ClientTransaction, SentRequest } from './transaction/client-side.ts';
import { createStatelessForwarding } from './stateless-forwarding.ts';
import { createStrayResponses } from './stray-responses.ts';
import { cancelFor } from './transaction/hop-by-hop.ts';
import { InviteClientTransaction } from './transaction/invite-client-transaction.ts';
import { NonInviteClientTransaction } from './transaction/non-invite-client-transaction.ts';
import { lifetime } from './transaction/timers.ts';
import type { TransactionTimers } from './transaction/timers.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import type { SipRequest, SipResponse } from './wire/message.ts';
import { parseMessage } from './wire/parse.ts';
import { writeRequest } from './wire/write.ts';

/** The client side of the endpoint: from a request of ours to its transaction, and a response back. */
export interface SentRequests extends RequestSender, Forwarder, SentOn {
  /** @param response  checked by `faultOf` */
  onResponse(response: SipResponse, flow: Flow): void;
  onFlowClosed(flow: Flow): void;
  /** Live transactions. */
  readonly size: number;
  /** Accepted INVITEs of which nothing but a note is left. */
  readonly accepted: Pick<AcceptedBranches, 'size'>;
}

export interface SentRequestsDeps {
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly counts: MessageCounts;
  readonly defects: Defects;
  readonly layer: () => TransportLayer;
  readonly largeRequests: LargeRequestChoice;
  /** Who takes the responses on stateless routes; nobody when absent. */
  readonly strays?: () => StrayReceiver;
  /** Sends less to peers that ask for it; nobody is spared when absent. */
  readonly downstream?: DownstreamControl;
  /** Live transactions of both sides. */
  readonly live: () => number;
}

type Address = Destination & { readonly kind: 'address' };
/** Writes a request for a flow: its Via names the transport. */
type Preparation<Request> = (request: Request, flow: Flow, listener: OutcomeListener) => SentRequest;

/**
 * Bits of chance in a branch: unique without a count, and no stranger can answer in another's place (RFC 3261
 * §8.1.1.7).
 */
const branchBits = 72;

export function createSentRequests(
  deps: SentRequestsDeps,
  config: { readonly timers: TransactionTimers },
): SentRequests {
  const { counts, wheel, layer, downstream } = deps;
  const transactions = createTransientMap<string, ClientTransaction>(textHash);
  const accepted = createAcceptedBranches(deps, { lifetime: lifetime(config.timers) });
  const side = createClientSide(deps, config.timers, transactions, accepted);
  let sweeping = false;

  const viaOf = (flow: Flow, branch: string): string => {
    const { reliable, viaToken } = flow.transport;
    const announced = downstream === undefined ? '' : downstream.announcement(flow);
    const via = `SIP/2.0/${viaToken} ${layer().sentBy(flow)};branch=${branch}${announced}`;
    if (!reliable) return `${via};rport`;
    // Who has proved to be a domain may send its own requests over this connection too (RFC 5923 §8.1).
    return flow.provenDomains === undefined ? via : `${via};alias`;
  };
  const stateless = createStatelessForwarding({ ...deps, viaOf });
  const newBranch = (): string => `z9hG4bK${deps.tokens.token(branchBits)}`;

  const prepare: Preparation<OutgoingRequest> = (request, flow, listener) => {
    const branch = newBranch();
    const via = viaOf(flow, branch);
    return { method: request.method, branch, via, bytes: writeRequest(request, via), flow, listener, wayBack: '' };
  };
  const prepareForwarded: Preparation<ForwardedRequest> = (request, flow, listener) => {
    const branch = newBranch() + request.loopHash;
    const via = viaOf(flow, branch);
    return {
      method: request.method,
      branch,
      via,
      bytes: forwardedBytes(request, via),
      flow,
      listener,
      wayBack: request.wayBack ?? '',
    };
  };

  const connect = ({ peer, domain }: Address, transport: TransportFacts): Flow =>
    layer().connect(transport, peer, domain);

  const start = (sent: SentRequest): Branch => {
    counts.requestSent(sent.method);
    if (sent.method === 'ACK') {
      sent.flow.send(sent.bytes);
      return inert;
    }
    const transaction =
      sent.method === 'INVITE' ? new InviteClientTransaction(side, sent) : new NonInviteClientTransaction(side, sent);
    transactions.set(sent.branch, transaction);
    if (sent.flow.open) transaction.start();
    else transaction.failSoon('Flow Closed');
    return transaction;
  };

  /** Over the transport that its size asks for, and over the first one again when that fails (RFC 3261 §18.1.1). */
  const startTowards = <Request>(
    request: Request,
    write: Preparation<Request>,
    towards: Address,
    listener: OutcomeListener,
  ): Branch => {
    const small = write(request, connect(towards, towards.transport), listener);
    if (towards.transport.reliable) return start(small);
    const transport = deps.largeRequests.transportFor(towards, small.bytes.length);
    if (transport === towards.transport) return start(small);
    const attempt = new LargeAttempt(listener, () => {
      deps.largeRequests.refused(towards.peer);
      return start(write(request, connect(towards, towards.transport), listener));
    });
    attempt.branch = start(write(request, connect(towards, transport), attempt));
    return attempt;
  };

  const begin = <Request extends RequestInBrief>(
    request: Request,
    write: Preparation<Request>,
    towards: Destination,
    listener: OutcomeListener,
  ): Branch => {
    if (deps.live() >= limits.transactionsMax) {
      counts.overload.add();
      refuseSoon(wheel, side, listener, 'Too Many Transactions');
      return inert;
    }
    // Left out, it is to its sender a destination that failed (RFC 7339 §5.10).
    if (downstream?.spares(request, towards.kind === 'flow' ? towards.flow.remote : towards.peer) === true) {
      refuseSoon(wheel, side, listener, 'Peer Asked For Less');
      return inert;
    }
    if (towards.kind === 'flow') return start(write(request, towards.flow, listener));
    return startTowards(request, write, towards, listener);
  };

  const sweep = (): void => {
    sweeping = false;
    failClosed(transactions);
  };

  const takeStray = createStrayResponses(deps, accepted, stateless);

  return {
    send(request, towards, listener) {
      begin(request, prepare, towards, listener);
    },
    forward: (request, towards, listener) => begin(request, prepareForwarded, towards, listener),
    forwardStatelessly: stateless.forwardStatelessly,
    returnStatelessly: stateless.returnStatelessly,
    hasComeBack: (request) => isUnderWay(transactions, request),
    onResponse(response, flow) {
      const transaction = transactionOf(transactions, response);
      if (transaction === undefined) {
        takeStray(response, flow);
        return;
      }
      counts.responseReceived(response.status);
      downstream?.onResponse(response.via, flow);
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
    accepted,
  };
}

type Transactions = TransientMap<string, ClientTransaction>;

/** Nothing comes back any more where a connection is gone. */
function failClosed(transactions: Transactions): void {
  for (const transaction of [...transactions.values()]) {
    if (!transaction.flow.open) transaction.failSoon('Connection Closed');
  }
}

/** The CSeq method tells a CANCEL from the request it cancels (RFC 3261 §17.1.3). */
function transactionOf(transactions: Transactions, response: SipResponse): ClientTransaction | undefined {
  const { branch } = response.via;
  if (branch === undefined) return undefined;
  const { method } = response.cseq;
  const transaction = transactions.get(branch);
  if (transaction?.method === method) return transaction;
  return method === 'CANCEL' ? transactions.get(cancelKey(branch)) : undefined;
}

/** Whoever got a request from us knows its Via, and could send one of his own making under it: they are compared. */
function isUnderWay(transactions: Transactions, request: SipRequest): boolean {
  const { branch } = request.via;
  const transaction = branch === undefined ? undefined : transactions.get(branch);
  if (transaction?.method !== request.method) return false;
  const sent = parseMessage(transaction.bytes);
  if (!sent.ok) return false;
  const { headers } = sent.value;
  return ['from', 'call-id', 'cseq'].every((name) => headers.first(name) === request.headers.first(name));
}

/** A request that there is no transaction for any more. */
const inert: Branch = { cancel: () => undefined, abandon: () => undefined };

/** A CANCEL has the branch of its INVITE. */
const cancelKey = (branch: string): string => `${branch}/CANCEL`;

/** The answer to a CANCEL tells nothing that the INVITE will not tell (RFC 3261 §9.1). */
const indifferent: OutcomeListener = { onOutcome: () => undefined };

function createClientSide(
  deps: SentRequestsDeps,
  timers: TransactionTimers,
  transactions: TransientMap<string, ClientTransaction>,
  accepted: AcceptedBranches,
): ClientSide {
  const { counts, defects } = deps;
  const side: ClientSide = {
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
    sendCancel({ bytes, branch, via, flow }, headers) {
      const cancel = cancelFor(bytes, headers);
      if (cancel === undefined || !flow.open) return;
      counts.requestSent('CANCEL');
      const transaction = new NonInviteClientTransaction(side, {
        method: 'CANCEL',
        branch: cancelKey(branch),
        via,
        bytes: writeRequest(cancel, via),
        flow,
        listener: indifferent,
        wayBack: '',
      });
      transactions.set(transaction.branch, transaction);
      transaction.start();
    },
    countResent() {
      counts.retransmissionsSent.add();
    },
    remember({ branch, wayBack }) {
      accepted.add(branch, wayBack);
    },
    forget(transaction) {
      transactions.delete(transaction.branch);
    },
  };
  return side;
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
