import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { fail } from '../kernel/result.ts';
import type { LineConnection, LineListener, LocalServer } from '../net/local-socket.ts';
import { listenLocal } from '../net/local-socket.ts';
import type { ControlArgs, ControlLine, ControlOperation, ControlRequest } from './control-operation.ts';

/**
 * Answers operators on a Unix domain socket: JSON lines, one request after another on a connection, each answered by its
 * items and one end or fault. Who may open the socket may do everything: it is the owner of the server process.
 */
export function startControl(
  deps: { readonly log: Log; readonly operations: readonly ControlOperation[] },
  path: string,
): Promise<Result<LocalServer, string>> {
  const operations = new Map(deps.operations.map((operation) => [operation.op, operation] as const));
  return listenLocal(
    path,
    { lineBytesMax: limits.controlLineBytesMax, connectionsMax: limits.controlConnectionsMax },
    (connection) => answerConnection(connection, operations, deps.log),
  );
}

function answerConnection(
  connection: LineConnection,
  operations: ReadonlyMap<string, ControlOperation>,
  log: Log,
): LineListener {
  const gone = new AbortController();
  const waiting: string[] = [];
  let answering = false;
  const answerAll = async (): Promise<void> => {
    answering = true;
    for (let line = waiting.shift(); line !== undefined && !gone.signal.aborted; line = waiting.shift()) {
      try {
        await answer(line, operations, connection, gone.signal);
      } catch (error) {
        log.error('control-failed', { reason: String(error) });
        say(connection, { fault: `the server failed at this (${String(error)})` });
      }
    }
    answering = false;
  };
  return {
    onLine(line) {
      waiting.push(line);
      if (waiting.length > limits.controlRequestsWaitingMax) connection.close();
      else if (!answering) void answerAll();
    },
    onClosed() {
      gone.abort();
    },
  };
}

async function answer(
  line: string,
  operations: ReadonlyMap<string, ControlOperation>,
  connection: LineConnection,
  signal: AbortSignal,
): Promise<void> {
  const request = parseRequest(line);
  if (request === undefined) {
    say(connection, { fault: 'a request is one JSON object: {"op": "name", "args": {}}' });
    return;
  }
  const outcome = await runOperation(operations, request.op, request.args, signal);
  if (!outcome.ok) {
    say(connection, { fault: outcome.fault });
    return;
  }
  for await (const item of outcome.value) {
    if (signal.aborted) return;
    if (!say(connection, { item })) await connection.drained();
  }
  say(connection, { end: true });
}

/** Runs an operation by name; used by the server and, on a database that no server holds, by the command line itself. */
export function runOperation(
  operations: ReadonlyMap<string, ControlOperation>,
  op: string,
  args: ControlArgs,
  signal: AbortSignal,
): Promise<Result<Iterable<unknown> | AsyncIterable<unknown>, string>> {
  const operation = operations.get(op);
  if (operation !== undefined) return operation.run(args, signal);
  const known = [...operations.keys()].join(', ');
  return Promise.resolve(fail(`this server has no operation ${op.slice(0, 60)}; it has ${known}`));
}

const say = (connection: LineConnection, line: ControlLine): boolean => connection.send(JSON.stringify(line));

function parseRequest(line: string): ControlRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('op' in value) || typeof value.op !== 'string') return undefined;
  const args = 'args' in value && typeof value.args === 'object' && value.args !== null ? value.args : {};
  return { op: value.op, args: args as ControlArgs };
}
