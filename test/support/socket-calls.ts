import type { SocketCalls } from '../../net/socket-calls.ts';

/** The real system calls, counted, with failures put in their way. */
export interface WatchedCalls {
  readonly calls: SocketCalls;
  readonly counts: { received: number; sent: number; polls: number };
  /** The descriptors opened, in order. */
  readonly descriptors: readonly number[];
  /** What was asked of the poll after it began: true while room to write is waited for. */
  readonly watched: readonly boolean[];
  /** Answers the next sends in place of the system: an error code, or how many it may take at most. */
  readonly sends: (string | number)[];
  /** As long as it is set, every send fails with it. */
  sendFault: string | undefined;
  /** Answers the next receipts with an error code. */
  readonly receiveFaults: string[];
  /** Makes the poll of the newest socket tell a failure, as the event loop does when a socket is in error. */
  failPoll(): void;
}

export function watchCalls(real: SocketCalls): WatchedCalls {
  const counts = { received: 0, sent: 0, polls: 0 };
  const descriptors: number[] = [];
  const watched: boolean[] = [];
  const sends: (string | number)[] = [];
  const receiveFaults: string[] = [];
  let fault: string | undefined;
  let failPoll = (): void => undefined;
  const failed = (reason: string): number => {
    fault = reason;
    return -1;
  };
  const self: WatchedCalls = {
    calls: real,
    counts,
    descriptors,
    watched,
    sends,
    sendFault: undefined,
    receiveFaults,
    failPoll: () => failPoll(),
  };
  const calls: SocketCalls = {
    ...real,
    socket(family, type, protocol) {
      const descriptor = real.socket(family, type, protocol);
      descriptors.push(descriptor);
      return descriptor;
    },
    recvmmsg(...given) {
      counts.received += 1;
      fault = undefined;
      const reason = receiveFaults.shift();
      return reason === undefined ? real.recvmmsg(...given) : failed(reason);
    },
    sendmmsg(descriptor, headers, count, flags) {
      counts.sent += 1;
      fault = undefined;
      const next = self.sendFault ?? sends.shift();
      if (typeof next === 'string') return failed(next);
      return real.sendmmsg(descriptor, headers, Math.min(count, next ?? count), flags);
    },
    lastError: () => fault ?? real.lastError(),
    ready(descriptor, onReady) {
      failPoll = () => {
        onReady(true);
      };
      const readiness = real.ready(descriptor, (bad) => {
        counts.polls += 1;
        onReady(bad);
      });
      if (readiness === undefined) return undefined;
      const watch = (alsoWritable: boolean): void => {
        watched.push(alsoWritable);
        readiness.watch(alsoWritable);
      };
      return { ...readiness, watch };
    },
  };
  return Object.assign(self, { calls });
}
