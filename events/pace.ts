import type { Scheduler, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createFifo } from './fifo.ts';
import type { LiveSubscription } from './live.ts';

/**
 * When whose NOTIFY is sent. Subscriptions wait here, not documents: whoever's turn comes gets the newest state
 * (RFC 6665 §4.2.2, "throttling considerations").
 */
export interface Pace {
  /** Its turn is now when there is room, else in its place in the line. */
  now(live: LiveSubscription): void;
  /** Its turn comes with the next turn of the event loop: several changes of one moment become one NOTIFY. */
  soon(live: LiveSubscription): void;
  /** Its turn comes with those owed after a restart, so many each second. */
  leisurely(live: LiveSubscription): void;
  /** A NOTIFY began to be in flight. */
  begun(): void;
  ended(): void;
  readonly inFlight: number;
  /** Waiting in the line. */
  readonly waiting: number;
  /** Waiting in the leisurely line. */
  readonly waitingLeisurely: number;
  /** Forgets who waits, and takes nobody in any more. */
  stop(): void;
}

/** Milliseconds between two helpings of the leisurely line. */
const leisure = milliseconds(20);

export interface PaceBounds {
  readonly inFlightMax: () => number;
  readonly leisurelyPerSecond: number;
  /** NOTIFYs begun in one turn of the event loop. */
  readonly perTurnMax: number;
}

/** @param attend  sends what the subscription is owed, if it still is */
export function createPace(
  deps: { readonly scheduler: Scheduler; readonly log: Log; readonly attend: (live: LiveSubscription) => void },
  bounds: PaceBounds,
): Pace {
  // Each subscription is in a line at most once: bounded by limits.subscriptionsMax.
  const line = createFifo<LiveSubscription>();
  const leisurely = createFifo<LiveSubscription>();
  let inFlight = 0;
  let stopped = false;
  let turn: Timer | undefined;
  let helping: Timer | undefined;

  /** A package that throws has a bug; it must not cost the others their NOTIFYs. */
  const attend = (live: LiveSubscription): void => {
    try {
      deps.attend(live);
    } catch (error) {
      deps.log.error('notify-fault', {
        package: live.row.eventPackage,
        resource: live.row.resource,
        reason: String(error),
      });
    }
  };
  const takeTurn = (): void => {
    turn = undefined;
    for (let count = 0; count < bounds.perTurnMax && inFlight < bounds.inFlightMax(); count += 1) {
      const live = line.shift();
      if (live === undefined) return;
      live.queued = false;
      attend(live);
    }
    schedule();
  };
  const schedule = (): void => {
    // With no room left, the next answer schedules the next turn.
    if (turn === undefined && line.length > 0 && inFlight < bounds.inFlightMax()) {
      turn = deps.scheduler.after(milliseconds(0), takeTurn);
    }
  };
  const soon = (live: LiveSubscription): void => {
    if (live.queued || stopped) return;
    live.queued = true;
    line.push(live);
    schedule();
  };
  const help = (): void => {
    helping = undefined;
    const helpings = Math.max(1, Math.round((bounds.leisurelyPerSecond * leisure) / 1000));
    for (let count = 0; count < helpings; count += 1) {
      const live = leisurely.shift();
      if (live === undefined) return;
      soon(live);
    }
    if (leisurely.length > 0) helping = deps.scheduler.after(leisure, help);
  };

  return {
    now(live) {
      if (inFlight < bounds.inFlightMax()) attend(live);
      else soon(live);
    },
    soon,
    leisurely(live) {
      leisurely.push(live);
      helping ??= deps.scheduler.after(leisure, help);
    },
    begun() {
      inFlight += 1;
    },
    ended() {
      inFlight -= 1;
      if (line.length > 0) schedule();
    },
    get inFlight() {
      return inFlight;
    },
    get waiting() {
      return line.length;
    },
    get waitingLeisurely() {
      return leisurely.length;
    },
    stop() {
      stopped = true;
      turn?.cancel();
      helping?.cancel();
      while (line.shift() !== undefined);
      while (leisurely.shift() !== undefined);
    },
  };
}
