import type { TraceFigures } from './figures.ts';
import { limits } from '../kernel/limits.ts';
import { hostPortText } from './host-port.ts';
import type { TraceFilter } from './filter.ts';
import type { TracedMessage, TraceSink } from './traced-message.ts';

/** One message as a follower sees it. */
export interface FollowedMessage {
  /** ISO 8601. */
  readonly time: string;
  readonly direction: 'received' | 'sent';
  /** `udp`. */
  readonly transport: string;
  /** `192.0.2.1:5060`. */
  readonly local: string;
  readonly remote: string;
  readonly kind: 'request' | 'response' | 'malformed';
  readonly method: string;
  /** 0 for what is no response. */
  readonly status: number;
  readonly startLine: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  /** The whole message, one character for each byte, when it was asked for. */
  readonly message?: string;
}

/** What a follower is given: messages, and how many were left out since the last one. */
export type Followed = FollowedMessage | { readonly leftOut: number };

export interface FollowOptions {
  readonly filter: TraceFilter;
  /** Whether the messages themselves are wanted. */
  readonly whole: boolean;
  /** Whether their secrets stay readable. */
  readonly secrets: boolean;
  /** Ends after so many messages; 0 for never. */
  readonly count: number;
}

/** Shows messages live to whoever follows. */
export interface Followers extends TraceSink {
  readonly size: number;
  /** Follows until `signal` is aborted or nobody reads on. */
  follow(options: FollowOptions, signal: AbortSignal): AsyncIterable<Followed>;
}

interface Follower {
  readonly options: FollowOptions;
  readonly waiting: Followed[];
  waitingBytes: number;
  leftOut: number;
  taken: number;
  wake: () => void;
}

/** @param onChange called when somebody begins or ceases to follow */
export function createFollowers(figures: TraceFigures, onChange: () => void): Followers {
  const followers = new Set<Follower>();

  const take = (follower: Follower, message: TracedMessage): void => {
    const { options, waiting } = follower;
    if (options.count > 0 && follower.taken >= options.count) return;
    if (!options.filter(message)) return;
    follower.taken += 1;
    const { length } = message.bytes;
    if (waiting.length >= limits.traceQueueMax || follower.waitingBytes + length > limits.traceQueueBytesMax) {
      follower.leftOut += 1;
      figures.leftOut.add();
    } else {
      waiting.push(shown(message, options));
      follower.waitingBytes += length;
      figures.taken.add();
    }
    follower.wake();
  };

  async function* itemsFor(follower: Follower, signal: AbortSignal): AsyncGenerator<Followed> {
    const { waiting, options } = follower;
    const onAbort = (): void => {
      follower.wake();
    };
    signal.addEventListener('abort', onAbort);
    followers.add(follower);
    onChange();
    try {
      while (!signal.aborted) {
        const items = waiting.splice(0);
        const { leftOut } = follower;
        follower.waitingBytes = 0;
        follower.leftOut = 0;
        for (const item of items) yield item;
        // What was left out came after them: the queue was full.
        if (leftOut > 0) yield { leftOut };
        if (waiting.length > 0 || follower.leftOut > 0) continue;
        if (options.count > 0 && follower.taken >= options.count) return;
        await new Promise<void>((resolve) => {
          follower.wake = resolve;
          if (signal.aborted) resolve();
        });
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      followers.delete(follower);
      onChange();
    }
  }

  return {
    take(message) {
      for (const follower of followers) take(follower, message);
    },
    get size() {
      return followers.size;
    },
    follow: (options, signal) =>
      itemsFor({ options, waiting: [], waitingBytes: 0, leftOut: 0, taken: 0, wake: () => undefined }, signal),
  };
}

function shown(message: TracedMessage, { whole, secrets }: FollowOptions): FollowedMessage {
  const { kind, method, status, startLine, from, to, callId } = message.reading;
  const followed = {
    time: new Date(message.at).toISOString(),
    direction: message.direction,
    transport: message.transport.uriParam,
    local: hostPortText(message.local),
    remote: hostPortText(message.remote),
    kind,
    method,
    status,
    startLine,
    from,
    to,
    callId,
  };
  return whole ? { ...followed, message: (secrets ? message.copy : message.masked).toString('latin1') } : followed;
}
