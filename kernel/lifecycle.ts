import type { Log } from './log.ts';

/** A part of the server that must be put down in order when it stops. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void> | void;
}

/** Collects what was started and stops it in reverse order, going on when one part fails. */
export function createLifecycle(log: Log): {
  started(part: Stoppable): void;
  stop(): Promise<void>;
} {
  const parts: Stoppable[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) {
      try {
        await part.stop();
      } catch (error) {
        log.error('stop-failed', { part: part.name, reason: String(error) });
      }
    }
  };
  return {
    started(part) {
      parts.push(part);
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
