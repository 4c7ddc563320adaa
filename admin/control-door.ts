import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { connectLocal } from '../net/local-socket.ts';
import { runOperation } from './control.ts';
import type { ControlDoor, ControlOperation } from './control-operation.ts';

/**
 * The door to a running server.
 *
 * @fault 'absent' when no server listens there, a sentence otherwise
 */
export async function openRemoteDoor(path: string): Promise<Result<ControlDoor, string>> {
  let waiting: Waiting | undefined;
  const finish = (outcome: Result<void, string>): void => {
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(outcome);
  };
  const connected = await connectLocal(path, limits.controlAnswerBytesMax, {
    onLine(line) {
      const said = parseLine(line);
      if ('item' in said) waiting?.onItem(said.item);
      else finish('end' in said ? ok(undefined) : fail(said.fault));
    },
    onClosed() {
      finish(fail('the server closed the connection'));
    },
  });
  if (!connected.ok) return connected;
  const connection = connected.value;
  return ok({
    async call(op, args, onItem = () => undefined) {
      if (waiting !== undefined) return fail('one call at a time');
      return new Promise((resolve) => {
        waiting = { resolve, onItem };
        connection.send(JSON.stringify({ op, args }));
      });
    },
    close() {
      connection.close();
      return Promise.resolve();
    },
  });
}

/** The same door without a server: the operations run here. */
export function openLocalDoor(operations: readonly ControlOperation[], close: () => Promise<void>): ControlDoor {
  const byName = new Map(operations.map((operation) => [operation.op, operation] as const));
  const gone = new AbortController();
  return {
    async call(op, args, onItem = () => undefined) {
      const outcome = await runOperation(byName, op, args, gone.signal);
      if (!outcome.ok) return outcome;
      for await (const item of outcome.value) onItem(item);
      return ok(undefined);
    },
    close() {
      gone.abort();
      return close();
    },
  };
}

interface Waiting {
  readonly resolve: (outcome: Result<void, string>) => void;
  readonly onItem: (item: unknown) => void;
}

function parseLine(line: string): { readonly item: unknown } | { readonly end: true } | { readonly fault: string } {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) {
      if ('item' in value) return { item: value.item };
      if ('end' in value) return { end: true };
      if ('fault' in value) return { fault: String(value.fault) };
    }
  } catch {
    // Falls through: what is not JSON is answered like what is no answer.
  }
  return { fault: 'the server gave an answer that is none' };
}
