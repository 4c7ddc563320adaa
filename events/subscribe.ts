import type { Clock, Tokens } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { transition } from '../kernel/machine.ts';
import type { Answer, Handler, IncomingRequest } from '../sip-stack/incoming.ts';
import { dialogDoesNotExist, forbidden, serverError } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { Figures } from './figures.ts';
import type { LiveDialog, LiveSubscription } from './live.ts';
import { owed, statusOf } from './live.ts';
import type { Locate, OwnContact } from './locate-port.ts';
import type { Notifier } from './notifier.ts';
import type { EventPackages, Watcher } from './package.ts';
import { createSubscribeAnswers } from './subscribe-answers.ts';
import type { ExpiresBounds, SubscribeRequest } from './subscribe-request.ts';
import { readSubscribe } from './subscribe-request.ts';
import { createSubscriptionRows } from './subscription-rows.ts';
import { endings, inputOf, resourceOf, subscriptionMachine, watcherOf } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import { cseqBlock, isStored } from './subscriptions.ts';
import type { SubscriptionRow } from './tables.ts';

export interface SubscribeDeps {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly packages: EventPackages;
  readonly subscriptions: Subscriptions;
  readonly notifier: Notifier;
  readonly locate: Locate;
  readonly transport: OwnContact;
  readonly figures: Figures;
  /** Keeps one copy of texts that many subscriptions share. */
  readonly shared: (text: string) => string;
  /** Names the view of a row. */
  readonly viewOf: (row: SubscriptionRow) => string;
}

export interface SubscribeConfig extends ExpiresBounds {
  readonly subscriptionsPerResourceMax: number;
  readonly subscriptionsPerWatcherMax: number;
  readonly subscriptionsMax: number;
}

/** Answers SUBSCRIBE as notifier (RFC 6665 §4.2.1). The 200 leaves before the NOTIFY that follows from it. */
export function createSubscribe(deps: SubscribeDeps, config: SubscribeConfig): Handler {
  const { subscriptions, notifier, figures } = deps;
  const rows = createSubscriptionRows(deps);
  // Template packages are not named (RFC 6665 §4.4.4).
  const allowEvents = deps.packages.all.map(({ name }) => name).filter((name) => !name.includes('.'));
  const { grant, refuse, refuseFault, refuseFull } = createSubscribeAnswers(figures, allowEvents);

  const boundReached = (row: SubscriptionRow): boolean =>
    subscriptions.size >= config.subscriptionsMax ||
    subscriptions.countOf(row.eventPackage, resourceOf(row)) >= config.subscriptionsPerResourceMax ||
    subscriptions.countOfWatcher(row.watcher) >= config.subscriptionsPerWatcherMax;

  /** A new subscription, in a dialog of its own or in one that is there (RFC 6665 §4.5.2). */
  const subscribe = async (
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    dialog: LiveDialog | undefined,
  ): Promise<Answer> => {
    const { eventPackage } = asked;
    const watcher = watcherAsking(incoming);
    const draft = rows.begin(incoming, asked, watcher, dialog);
    const refusal = eventPackage.admit(resourceOf(draft));
    if (refusal !== undefined) return refuse(asked, refusal);
    const handling = eventPackage.authorize(watcher, resourceOf(draft));
    const step = transition(subscriptionMachine, 'init', inputOf[handling]);
    if (step === undefined || step.to === 'terminated') return refuse(asked, forbidden());
    if (boundReached(draft)) return refuseFull(asked);

    const row: SubscriptionRow = { ...draft, handling, state: step.to };
    const view = deps.viewOf(row);
    if (asked.expires === 0) {
      // A fetch: nothing is stored, one NOTIFY follows (RFC 6665 §4.4.3).
      return grant(incoming, asked, row, 'fetch', () => {
        const live = subscriptions.addFetch(row, view);
        live.ending = endings.unsubscribe;
        notifier.answered(live);
      });
    }
    const added = await subscriptions.add(row, view);
    if (!added.ok) return refuseFault(asked, added.fault);
    return grant(incoming, asked, row, 'new', () => {
      notifier.answered(added.value);
    });
  };

  const refresh = async (
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    live: LiveSubscription,
  ): Promise<Answer> => {
    const watcher = watcherOf(live.row);
    const handling = asked.eventPackage.authorize(watcher, resourceOf(live.row));
    const step = transition(subscriptionMachine, statusOf(live), inputOf[handling]);
    if (step === undefined || step.to === 'terminated') {
      notifier.end(live, 'denied');
      return refuse(asked, forbidden());
    }
    const row: SubscriptionRow = {
      ...rows.renew(incoming, asked, live.row),
      handling,
      state: step.to,
      cseqCeiling: Math.max(live.row.cseqCeiling, live.dialog.cseq + cseqBlock),
    };
    live.view = deps.viewOf(row);
    const renewed = await subscriptions.renew(live, row);
    if (!renewed.ok) return refuseFault(asked, renewed.fault);
    if (!live.stored) return refuse(asked, dialogDoesNotExist());
    return grant(incoming, asked, row, 'refresh', () => {
      notifier.answered(live);
    });
  };

  const unsubscribe = async (
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    live: LiveSubscription,
  ): Promise<Answer> => {
    const row = rows.renew(incoming, asked, live.row);
    const ended = await subscriptions.end(live);
    if (!ended.ok) return refuseFault(asked, ended.fault);
    live.row = row;
    live.ending = endings.unsubscribe;
    live.owed = owed.nothing;
    return grant(incoming, asked, row, 'unsubscribe', () => {
      notifier.answered(live);
    });
  };

  const withinDialog = (
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    localTag: string,
  ): Answer | Promise<Answer> => {
    const live = subscriptions.find(localTag, asked.eventKey);
    const dialog = live?.dialog ?? subscriptions.dialog(localTag);
    if (dialog === undefined) return refuse(asked, dialogDoesNotExist());
    const refusal = refusalInDialog(incoming, dialog);
    if (refusal !== undefined) return refuse(asked, refusal);
    if (live === undefined) {
      // What has ended stays ended, though its last NOTIFY is still on its way (RFC 6665 §4.4.1).
      if (!isStored(dialog) || isEnding(dialog, asked.eventKey)) return refuse(asked, dialogDoesNotExist());
      if (usagesOf(dialog) >= limits.subscriptionsPerDialogMax) return refuseFull(asked);
      return subscribe(incoming, asked, dialog);
    }
    if (live.row.expiresAt <= deps.clock.now()) {
      notifier.end(live, 'expiry');
      return refuse(asked, dialogDoesNotExist());
    }
    return asked.expires === 0 ? unsubscribe(incoming, asked, live) : refresh(incoming, asked, live);
  };

  return (incoming) => {
    const asked = readSubscribe(incoming.request, deps.packages, allowEvents, config);
    if (!asked.ok) return { reply: asked.fault };
    const localTag = incoming.request.to.tag;
    return localTag === undefined
      ? subscribe(incoming, asked.value, undefined)
      : withinDialog(incoming, asked.value, localTag);
  };
}

function watcherAsking({ identity }: IncomingRequest): Watcher {
  return identity.kind === 'anonymous' ? { kind: 'anonymous' } : { kind: 'known', aor: identity.aor };
}

/** What forbids a request within a dialog, whatever it asks for. */
function refusalInDialog(incoming: IncomingRequest, dialog: LiveDialog): Refusal | undefined {
  const { request } = incoming;
  const row = dialog.first?.row;
  if (row === undefined || row.callId !== request.callId || row.remoteTag !== request.from.tag)
    return dialogDoesNotExist();
  if (!isSameWatcher(row, watcherAsking(incoming))) return forbidden();
  // Lower than one seen before: out of order (RFC 3261 §12.2.2). The same again is a repeat that a restart let through.
  return request.cseq.number < remoteCSeqOf(dialog) ? serverError('CSeq Out Of Order') : undefined;
}

/** Only who made a subscription may touch it: knowing its dialog is not enough. */
function isSameWatcher(row: SubscriptionRow, watcher: Watcher): boolean {
  const owner = watcherOf(row);
  if (owner.kind === 'anonymous' || watcher.kind === 'anonymous') return owner.kind === watcher.kind;
  return owner.aor === watcher.aor;
}

function remoteCSeqOf(dialog: LiveDialog): number {
  let highest = 0;
  for (let live = dialog.first; live !== undefined; live = live.sibling)
    highest = Math.max(highest, live.row.remoteCSeq);
  return highest;
}

function usagesOf(dialog: LiveDialog): number {
  let count = 0;
  for (let live = dialog.first; live !== undefined; live = live.sibling) count += 1;
  return count;
}

function isEnding(dialog: LiveDialog, eventKey: string): boolean {
  let live = dialog.first;
  while (live !== undefined && live.row.eventKey !== eventKey) live = live.sibling;
  return live !== undefined;
}
