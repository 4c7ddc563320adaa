import type { Clock, Milliseconds, Tokens } from '../kernel/clock.ts';
import { seconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { unreachable } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { MessageCounts } from './message-counts.ts';
import {
  badRequest,
  dialogDoesNotExist,
  entityTooLarge,
  loopDetected,
  serviceUnavailable,
  uriTooLong,
  versionNotSupported,
} from './refusals.ts';
import type { Gate } from './gate.ts';
import type { RelayedResponse, StrayReceiver } from './forwarding.ts';
import { type OverloadFeedback, relayedWithFeedback } from './overload-feedback.ts';
import { relayedBytes } from './relayed.ts';
import type { Reply } from './reply.ts';
import type { RequestReceiver } from './responder.ts';
import type { Responses } from './respond.ts';
import type { WaysBack } from './ways-back.ts';
import { createCompletedTransactions } from './transaction/completed.ts';
import type { CompletedTransactions } from './transaction/completed.ts';
import { createIdentifier, statelessTag } from './transaction/identity.ts';
import type { RequestIdentity } from './transaction/identity.ts';
import { InviteServerTransaction } from './transaction/invite-server-transaction.ts';
import { NonInviteServerTransaction } from './transaction/non-invite-server-transaction.ts';
import type { ServerSide, ServerTransaction } from './transaction/server-side.ts';
import type { ServerTransactions } from './transaction/server-transactions.ts';
import { createServerTransactions } from './transaction/server-transactions.ts';
import { lifetime } from './transaction/timers.ts';
import type { TransactionTimers } from './transaction/timers.ts';
import type { ParseFault } from './wire/fault.ts';
import type { SipRequest } from './wire/message.ts';

/** The server side of the endpoint: from a received request to its transaction, and a response back. */
export interface ReceivedRequests {
  /** @param request  checked by `faultOf` */
  onRequest(request: SipRequest, flow: Flow): void;
  /** Answers a request that is not well-formed, without a transaction, if enough of it could be read. */
  onFault(fault: ParseFault, flow: Flow): void;
  /** Live transactions. */
  readonly size: number;
  readonly completed: Pick<CompletedTransactions, 'size' | 'bytes'>;
}

export interface ReceivedRequestsDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly counts: MessageCounts;
  readonly responses: Responses;
  /** Who handles new requests. A function, since what handles them may in turn send through the endpoint. */
  readonly receiver: () => RequestReceiver;
  /** Who takes ACKs of 2xx and CANCELs that match nothing; nobody when absent. */
  readonly strays?: () => StrayReceiver;
  /** Live transactions of both sides. */
  readonly live: () => number;
  /** Asked before there is a transaction; everything is let in when absent. */
  readonly gate?: Gate;
  readonly feedback?: OverloadFeedback;
  /** Sends responses, and again by another way when their flow fails; they are lost then when absent. */
  readonly waysBack?: WaysBack;
}

/** Asked of a peer whose request found no room: about as long as a burst lasts. */
const comeAgainAfter = seconds(5);
/** Bits of chance in a To tag; RFC 3261 §19.3 asks for 32. */
const tagBits = 66;

export function createReceivedRequests(
  deps: ReceivedRequestsDeps,
  config: { readonly timers: TransactionTimers; readonly completedTransactionsMax?: number },
): ReceivedRequests {
  const { counts, responses } = deps;
  const transactions = createServerTransactions();
  const completed = createCompletedTransactions(deps, completedConfig(config));
  const { identify } = createIdentifier(deps.tokens);
  const onSendFailure = (): void => {
    counts.sendFailures.add();
  };

  const side = createServerSide(deps, config.timers, transactions, completed, onSendFailure);

  /** The same tag for every copy of the request, without state (RFC 3261 §8.2.7). */
  const answerStatelessly = (request: SipRequest, flow: Flow, reply: Reply): void => {
    const bytes = responses.write(request, flow, reply, statelessTag(identify(request)));
    counts.responseSent(reply.status);
    responses.flowFor(request, flow).send(bytes, onSendFailure);
  };

  const takesMerged = (request: SipRequest, flow: Flow): boolean =>
    deps.receiver().takesMerged?.(request, flow) === true;

  const start = (request: SipRequest, flow: Flow, identity: RequestIdentity): void => {
    const transaction =
      request.method === 'INVITE'
        ? new InviteServerTransaction(side, request, flow, identity)
        : new NonInviteServerTransaction(side, request, flow, identity);
    if (request.method === 'CANCEL') cancel(transaction, request, identity);
    else deps.receiver().onRequest(request, flow, deps.clock.now(), transaction);
    // Answered at once: nothing of it has to be found again here.
    if (!transaction.live) return;
    transactions.add(transaction);
    transaction.await();
  };

  /** A CANCEL ends what is pending and an INVITE; other methods go on as if nothing had been said (RFC 3261 §9.2). */
  const cancel = (own: ServerTransaction, request: SipRequest, identity: RequestIdentity): void => {
    const meant = transactions.findForCancel(identity);
    if (meant === undefined) {
      own.respond(completed.hasForCancel(identity) ? { status: 200 } : dialogDoesNotExist());
      return;
    }
    if (meant.request.method === 'INVITE' && !meant.isCancellable) meant.respond({ status: 487 });
    const { toTag } = meant;
    own.respond(toTag === undefined ? { status: 200 } : { status: 200, toTag });
    meant.cancelled(request);
  };

  const acknowledge = (request: SipRequest, flow: Flow, identity: RequestIdentity): void => {
    const meant = transactions.findForAck(identity, request);
    if (meant?.onAck() === true) return;
    // That of a 2xx belongs to nobody here (RFC 3261 §17.2.1, RFC 6026 §7.1).
    if (deps.strays === undefined) counts.strayAcks.add();
    else deps.strays().onAck(request, flow);
  };

  /** A CANCEL of what was sent on without a transaction (RFC 3261 §16.10). */
  const goesAstray = (request: SipRequest, flow: Flow, identity: RequestIdentity): boolean =>
    deps.strays !== undefined &&
    transactions.findForCancel(identity) === undefined &&
    !completed.hasForCancel(identity) &&
    deps.strays().onStrayCancel(request, flow);

  return {
    onRequest(request, flow) {
      counts.requestReceived(request.method);
      const identity = identify(request);
      if (request.method === 'ACK') {
        acknowledge(request, flow, identity);
        return;
      }
      const live = transactions.find(identity);
      if (typeof live === 'object') {
        counts.retransmissionsReceived.add();
        live.onRequest();
        return;
      }
      const kept = completed.find(identity);
      if (typeof kept === 'object') {
        counts.retransmissionsReceived.add();
        // Of an accepted INVITE nothing is kept that could be sent again (RFC 6026 §7.1).
        if (kept.length > 0) side.transmit(request, flow, kept, true);
        return;
      }
      // The same request by another way (RFC 3261 §8.2.2.2).
      if ((live === 'merged' || kept === 'merged') && request.to.tag === undefined && !takesMerged(request, flow)) {
        counts.merged.add();
        answerStatelessly(request, flow, loopDetected());
        return;
      }
      const turnedAway = request.method === 'CANCEL' ? undefined : deps.gate?.admit(request, flow);
      if (turnedAway !== undefined) {
        if (turnedAway !== 'drop') answerStatelessly(request, flow, turnedAway);
        return;
      }
      if (deps.live() >= limits.transactionsMax || !transactions.hasRoom(identity)) {
        counts.overload.add();
        answerStatelessly(request, flow, serviceUnavailable(comeAgainAfter));
        return;
      }
      if (request.method === 'CANCEL' && goesAstray(request, flow, identity)) return;
      start(request, flow, identity);
    },
    onFault(fault, flow) {
      const { request } = fault;
      // An ACK is never answered (RFC 3261 §17.1.1.3).
      if (request === undefined || request.method === 'ACK') return;
      answerStatelessly(request, flow, refusalOf(fault));
    },
    get size() {
      return transactions.size;
    },
    completed,
  };
}

/** A response from downstream with what our own load has upstream know. */
function told(response: RelayedResponse, feedback: OverloadFeedback): RelayedResponse {
  const headerText = relayedWithFeedback(response.headerText, feedback);
  return headerText === response.headerText ? response : { ...response, headerText };
}

function createServerSide(
  deps: ReceivedRequestsDeps,
  timers: TransactionTimers,
  transactions: ServerTransactions,
  completed: CompletedTransactions,
  onSendFailure: () => void,
): ServerSide {
  const { counts, responses } = deps;
  return {
    wheel: deps.wheel,
    timers,
    newTag: () => deps.tokens.token(tagBits),
    write(request, flow, reply, toTag) {
      counts.responseSent(reply.status);
      return responses.write(request, flow, reply, toTag);
    },
    relayed(response) {
      counts.responseSent(response.status);
      return relayedBytes(deps.feedback === undefined ? response : told(response, deps.feedback));
    },
    transmit(request, flow, bytes, again) {
      if (again) counts.retransmissionsSent.add();
      const back = responses.flowFor(request, flow);
      if (deps.waysBack === undefined) back.send(bytes, onSendFailure);
      else deps.waysBack.send(request, back, bytes, onSendFailure);
    },
    keep(transaction, bytes) {
      completed.keep(transaction, bytes);
      transactions.remove(transaction);
    },
    forget: transactions.remove,
    reportUnacknowledged() {
      counts.unacknowledged.add();
    },
  };
}

function completedConfig(config: { readonly timers: TransactionTimers; readonly completedTransactionsMax?: number }): {
  readonly lifetime: Milliseconds;
  readonly transactionsMax?: number;
} {
  const { completedTransactionsMax } = config;
  const life = { lifetime: lifetime(config.timers) };
  return completedTransactionsMax === undefined ? life : { ...life, transactionsMax: completedTransactionsMax };
}

function refusalOf(fault: ParseFault): Reply {
  switch (fault.status) {
    case 413:
      return entityTooLarge(fault.reason);
    case 414:
      return uriTooLong();
    case 505:
      return versionNotSupported();
    case 400:
      return badRequest(fault.reason);
    default:
      return unreachable(fault.status);
  }
}
