import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a program that was started here, and waits for its end. */
export async function ended(child: ChildProcess, patience = 4000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const giveUp = setTimeout(() => child.kill('SIGKILL'), patience);
  await closed;
  clearTimeout(giveUp);
}
