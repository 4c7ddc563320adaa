import { limits } from './limits.ts';

/**
 * Runs the asynchronous tasks of one key one after the other, while those of other keys go on: what reads a state, waits
 * and writes it back is then not overtaken by its neighbour. A key without waiting tasks costs nothing.
 */
export interface KeyedQueue<Key> {
  /**
   * Runs `task` once all earlier tasks of the key have ended; at once, and without a promise of ours, when there are none.
   *
   * @param full  gives the answer in place of the task when limits.keyedQueueLengthMax tasks wait already
   * @returns what the task returned; a task that fails does not keep the next one from running
   */
  run<Value>(key: Key, task: () => Value | Promise<Value>, full: () => Value): Value | Promise<Value>;
  /** Keys with a task under way, for a gauge. */
  readonly size: number;
}

/** The tasks of one key: the last one started or waiting, and how many wait. */
interface Line {
  tail: Promise<unknown>;
  waiting: number;
}

export function createKeyedQueue<Key>(): KeyedQueue<Key> {
  const lines = new Map<Key, Line>();

  /** Stands in line until `task` has ended, then leaves; the last one closes the line. */
  const lineUp = <Value>(key: Key, line: Line, task: Promise<Value>): Promise<Value> => {
    const leave = (): void => {
      if (line.tail === ended) lines.delete(key);
    };
    const ended = task.then(leave, leave);
    line.tail = ended;
    return task;
  };

  return {
    run(key, task, full) {
      const line = lines.get(key);
      if (line === undefined) {
        const value = task();
        if (!(value instanceof Promise)) return value;
        const raced = lines.get(key);
        // A task that, before it first waited, ran another one of its own key: both are under way, the next waits for both.
        if (raced !== undefined)
          return lineUp(
            key,
            raced,
            Promise.all([value, raced.tail]).then(([first]) => first),
          );
        const opened: Line = { tail: value, waiting: 0 };
        lines.set(key, opened);
        return lineUp(key, opened, value);
      }
      if (line.waiting >= limits.keyedQueueLengthMax) return full();
      line.waiting += 1;
      const start = (): ReturnType<typeof task> => {
        line.waiting -= 1;
        return task();
      };
      return lineUp(key, line, line.tail.then(start));
    },
    get size() {
      return lines.size;
    },
  };
}
