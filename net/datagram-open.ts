import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { createOpenBatched } from './datagram-batched.ts';
import { openDatagramSocket as openOneByOne } from './datagram-node.ts';
import type { OpenDatagramSocket } from './datagram.ts';
import { loadSocketCalls } from './libc.ts';
import type { LoadSocketCalls } from './socket-calls.ts';

export type DatagramBackend = 'auto' | 'batched' | 'node';

export interface ChosenBackend {
  readonly open: OpenDatagramSocket;
  /** Why `auto` did not come to batches. */
  readonly lacking?: string;
}

/** @fault why `batched` cannot be had */
export type ChooseBackend = (wanted: DatagramBackend) => Promise<Result<ChosenBackend, string>>;

export function createChooseBackend(load: LoadSocketCalls): ChooseBackend {
  /** Loaded when first asked for, then kept: all sockets of the process share one inbox. */
  let batched: Promise<Result<OpenDatagramSocket, string>> | undefined;
  return async (wanted) => {
    if (wanted === 'node') return ok({ open: openOneByOne });
    batched ??= loadBatched(load);
    const loaded = await batched;
    if (loaded.ok) return ok({ open: loaded.value });
    return wanted === 'auto' ? ok({ open: openOneByOne, lacking: loaded.fault }) : fail(loaded.fault);
  };
}

export const chooseDatagramBackend: ChooseBackend = createChooseBackend(loadSocketCalls);

async function loadBatched(load: LoadSocketCalls): Promise<Result<OpenDatagramSocket, string>> {
  const calls = await load();
  return calls.ok ? ok(createOpenBatched(calls.value)) : calls;
}
