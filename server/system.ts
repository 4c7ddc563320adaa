import { randomFillSync } from 'node:crypto';
import type { Clock, Instant, Scheduler, Tokens } from '../kernel/clock.ts';
import { instant } from '../kernel/clock.ts';

/**
 * The machine's clock. It never goes back: when the wall clock is set back, time goes on from where it was, so that no
 * timer waits for an hour to come again; when the wall clock is set forward (or the machine slept), time follows.
 */
export function createSystemClock(read: () => number = Date.now): Clock {
  let latest = read();
  let ahead = 0;
  return {
    now(): Instant {
      const wall = read() + ahead;
      if (wall < latest) {
        ahead += latest - wall;
        return instant(latest);
      }
      latest = wall;
      return instant(wall);
    },
  };
}

/** Longest delay that a timer of Node takes; a longer one would fire at once. */
const delayMax = 2_147_483_647;

/** The machine's timers. They keep the process alive: what starts one stops it. */
export function createSystemScheduler(): Scheduler {
  return {
    after(delay, run) {
      const timer = setTimeout(run, Math.min(delay, delayMax));
      return {
        cancel() {
          clearTimeout(timer);
        },
      };
    },
  };
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-';
/** Characters drawn from the random source at once; one call to it costs as much as a hundred tokens. */
const poolLength = 8192;
/** V8 copies a substring shorter than 13 characters; a longer one would keep the whole pool alive. */
const copiedLength = 12;

/** Unguessable text from the cryptographic random source, 6 bits a character, drawn in pools: about 0.1 µs a token. */
export function createSystemTokens(): Tokens {
  const bytes = Buffer.allocUnsafeSlow(poolLength);
  let pool = '';
  let next = 0;
  const refill = (): void => {
    randomFillSync(bytes);
    // 256 is a multiple of 64: no character is likelier than another.
    for (let at = 0; at < poolLength; at += 1) bytes[at] = alphabet.charCodeAt((bytes[at] ?? 0) & 63);
    pool = bytes.toString('latin1');
    next = 0;
  };
  return {
    token(bits) {
      const length = Math.ceil(bits / 6);
      if (next + length > pool.length) refill();
      const end = next + length;
      let token = '';
      for (let at = next; at < end; at += copiedLength) token += pool.slice(at, Math.min(end, at + copiedLength));
      next = end;
      return token;
    },
  };
}

/** What the operating system, and faults of our own, tell the process. */
export interface Signals {
  /** SIGTERM or SIGINT; called again for each further one. */
  onStop(run: (signal: string) => void): void;
  /** SIGHUP. */
  onReload(run: () => void): void;
  /** An exception that nobody caught or a rejection that nobody awaited: a defect of ours. */
  onDefect(run: (kind: 'uncaught-exception' | 'unhandled-rejection', error: unknown) => void): void;
  /** Stops listening to all of them. */
  release(): void;
}

/** The signals of this process. */
export function createSystemSignals(): Signals {
  const listening: [event: string, listener: (...args: unknown[]) => void][] = [];
  const on = (event: string, listener: (...args: unknown[]) => void): void => {
    listening.push([event, listener]);
    process.on(event, listener);
  };
  return {
    onStop(run) {
      for (const signal of ['SIGTERM', 'SIGINT']) on(signal, () => run(signal));
    },
    onReload(run) {
      on('SIGHUP', () => run());
    },
    onDefect(run) {
      on('uncaughtException', (error) => run('uncaught-exception', error));
      on('unhandledRejection', (error) => run('unhandled-rejection', error));
    },
    release() {
      for (const [event, listener] of listening.splice(0)) process.off(event, listener);
    },
  };
}

/** Ends the process at once; for a second SIGTERM alone. */
export const exitAtOnce = (status: number): void => process.exit(status);
