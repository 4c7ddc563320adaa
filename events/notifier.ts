import type { Clock } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import { transition } from '../kernel/machine.ts';
import type { Destination, RequestSender } from '../sip-stack/outgoing.ts';
import type { Figures } from './figures.ts';
import type { LiveSubscription, OutcomeKeeper } from './live.ts';
import { owe, owed, statusOf } from './live.ts';
import type { Locate } from './locate-port.ts';
import { nextHopOf, notifyRequest } from './notify-request.ts';
import type { Pace } from './pace.ts';
import type { Document, EventPackages } from './package.ts';
import type { Rendering, Renderings } from './renderings.ts';
import { tagOf } from './renderings.ts';
import type { EndingInput } from './subscription.ts';
import { endings, livingState, subscriptionMachine } from './subscription.ts';
import type { Settling } from './settling.ts';
import type { Subscriptions } from './subscriptions.ts';
import { isStored } from './subscriptions.ts';
import { nextTurn, release } from './turns.ts';

/** Sends NOTIFYs: one outstanding for each dialog, the newest state winning, CSeq rising without a gap in order. */
export interface Notifier {
  /** Sends what is owed, now that its turn has come. */
  attend(live: LiveSubscription): void;
  /** News of a resource: its subscriptions are owed a look at the newest state. */
  changed(change: StateChange): void;
  /** Ends a subscription: its row goes at once, its last NOTIFY when the dialog is free. */
  end(live: LiveSubscription, input: EndingInput): void;
  /** The 2xx of its SUBSCRIBE has left: the watcher is there, and is owed the full state. */
  answered(live: LiveSubscription): void;
}

export interface NotifierDeps {
  readonly clock: Clock;
  readonly sender: RequestSender;
  readonly locate: Locate;
  readonly packages: EventPackages;
  readonly figures: Figures;
  readonly renderings: Renderings;
  readonly subscriptions: Subscriptions;
  readonly pace: Pace;
  readonly settling: Settling;
  readonly outcomes: OutcomeKeeper;
}

export function createNotifier(deps: NotifierDeps): Notifier {
  const { clock, figures, subscriptions, pace, settling } = deps;

  const renderingOf = (live: LiveSubscription): Rendering | undefined => {
    const eventPackage = deps.packages.find(live.row.eventPackage);
    return eventPackage === undefined ? undefined : deps.renderings.of(eventPackage, live.row, live.view);
  };

  const attend = (live: LiveSubscription): void => {
    const { dialog } = live;
    if (live.owed === owed.nothing || live.held || live.retryTimer !== undefined) return;
    // One NOTIFY outstanding for each dialog: its answer asks for the next turn.
    if (dialog.outstanding !== undefined) return;
    if (live.owed === owed.change && hasNewest(live)) {
      live.owed = owed.nothing;
      figures.notified(live.row.eventPackage, 'unchanged');
      nextTurn(dialog, live, pace);
      return;
    }
    dialog.outstanding = live;
    pace.begun();
    if (dialog.cseq >= dialog.ceiling && isStored(dialog)) void reserve(live);
    else locate(live);
  };

  const hasNewest = (live: LiveSubscription): boolean => {
    const rendering = renderingOf(live);
    return rendering !== undefined && tagOf(rendering, live.row) === live.knownTag;
  };

  const reserve = async (live: LiveSubscription): Promise<void> => {
    const reserved = await subscriptions.reserve(live.dialog);
    if (reserved.ok) locate(live);
    else failUnsent(live, `no CSeq reserved: ${reserved.fault}`);
  };

  const locate = (live: LiveSubscription): void => {
    const found = deps.locate.destination(nextHopOf(live.row), live.row.flowKey);
    if (found instanceof Promise) {
      found.then(
        (destination) => {
          transmit(live, destination);
        },
        (error: unknown) => {
          failUnsent(live, String(error));
        },
      );
    } else transmit(live, found);
  };

  const failUnsent = (live: LiveSubscription, reason: string): void => {
    live.paying = live.owed;
    live.sentTag = '';
    live.owed = owed.nothing;
    deps.outcomes.outcomeOf(live, { kind: 'transport-error', reason });
  };

  const transmit = (live: LiveSubscription, destination: Destination | undefined): void => {
    if (live.owed === owed.nothing) {
      // It was forgotten while a write or a look-up went on.
      release(live, pace);
      return;
    }
    if (destination === undefined) {
      failUnsent(live, 'no way to the watcher');
      return;
    }
    const { row, dialog, ending } = live;
    const rendering = renderingOf(live);
    const tag = rendering === undefined ? '' : tagOf(rendering, row);
    const document = ending === undefined || ending.withDocument ? numbered(rendering?.document, live) : undefined;
    live.paying = live.owed;
    live.owed = owed.nothing;
    live.sentTag = tag;
    dialog.cseq += 1;
    if (live.stored) settling.diverging(live, tag);
    const state = ending === undefined ? livingState(row, clock.now()) : ending.state;
    deps.sender.send(notifyRequest(row, dialog.cseq, state, document), destination, live);
  };

  const end = (live: LiveSubscription, input: EndingInput): void => {
    const step = transition(subscriptionMachine, statusOf(live), input);
    if (step === undefined) return;
    if (step.do?.includes('remove') === true) subscriptions.endUnasked(live);
    live.ending = endings[input];
    live.owed = owed.ending;
    pace.soon(live);
  };

  return {
    attend,
    end,
    changed(change) {
      if (deps.packages.find(change.eventPackage) === undefined) return;
      deps.renderings.forget(change.eventPackage, change.resource);
      for (const row of subscriptions.rowsOf(change.eventPackage, change.resource)) {
        const live = subscriptions.liveOf(row);
        owe(live, owed.change);
        pace.soon(live);
      }
    },
    answered(live) {
      live.held = false;
      live.retries = 0;
      live.retryTimer?.cancel();
      live.retryTimer = undefined;
      owe(live, live.ending === undefined ? owed.state : owed.ending);
      pace.now(live);
    },
  };
}

/** The document with its version, where it has one: the only bytes that differ between the subscriptions of a view. */
function numbered(document: Document | undefined, live: LiveSubscription): Document | undefined {
  const at = document?.versionAt;
  if (document === undefined || at === undefined) return document;
  const { contentType, bytes } = document;
  const version = String(live.version);
  live.version += 1;
  const copy = Buffer.allocUnsafe(bytes.length + version.length);
  bytes.copy(copy, 0, 0, at);
  copy.write(version, at, 'latin1');
  bytes.copy(copy, at + version.length, at);
  return { contentType, bytes: copy };
}
