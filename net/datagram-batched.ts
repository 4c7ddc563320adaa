import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Address } from './address.ts';
import { familyOf, isPort } from './address.ts';
import type { DatagramInbox } from './datagram-inbox.ts';
import { createDatagramInbox } from './datagram-inbox.ts';
import { DatagramOutbox } from './datagram-outbox.ts';
import type { DatagramBuffers, DatagramReceiver, DatagramSocket, OpenDatagramSocket } from './datagram.ts';
import type { Readiness, SocketCalls } from './socket-calls.ts';
import type { SocketNames } from './socket-names.ts';
import { createSocketNames, systemFamily } from './socket-names.ts';

/** Numbers of Linux. */
const system = {
  datagramNonBlockingCloseOnExec: 0o2_004_002,
  levelSocket: 1,
  sendBuffer: 7,
  receiveBuffer: 8,
  levelIpv6: 41,
  ipv6Only: 26,
} as const;

/** What all sockets of one process share. */
interface Shared {
  readonly calls: SocketCalls;
  readonly names: SocketNames;
  readonly inbox: DatagramInbox;
  /** Room for a sockaddr and an integer, to hand over and be given. */
  readonly scratch: Int32Array;
  readonly scratchAt: number;
}

/** The datagram back-end on recvmmsg(2) and sendmmsg(2): one system call for many datagrams, each way (ADR 0008). */
export function createOpenBatched(calls: SocketCalls): OpenDatagramSocket {
  const bytes = Buffer.allocUnsafeSlow(64).fill(0);
  const names = createSocketNames(calls);
  const shared: Shared = {
    calls,
    names,
    inbox: createDatagramInbox(calls, names),
    scratch: new Int32Array(bytes.buffer, bytes.byteOffset, 16),
    scratchAt: calls.pointerTo(bytes),
  };
  return (at, buffers, receiver) => Promise.resolve(open(shared, at, buffers, receiver));
}

function open(
  shared: Shared,
  at: Address,
  buffers: DatagramBuffers,
  receiver: DatagramReceiver,
): Result<DatagramSocket, string> {
  const family = familyOf(at.host);
  if (family === 0) return fail(`not a numeric address: ${at.host}`);
  const { calls } = shared;
  const descriptor = calls.socket(systemFamily[family], system.datagramNonBlockingCloseOnExec, 0);
  if (descriptor < 0) return fail(calls.lastError());
  const local = bind(shared, descriptor, family, at);
  if (!local.ok) {
    calls.close(descriptor);
    return local;
  }
  // The system gives what it allows; that it gives less is no fault.
  setOption(shared, descriptor, system.levelSocket, system.receiveBuffer, buffers.receiveBufferBytes);
  setOption(shared, descriptor, system.levelSocket, system.sendBuffer, buffers.sendBufferBytes);
  const socket = new BatchedSocket(shared, descriptor, family, local.value, receiver);
  if (socket.start()) return ok(socket);
  calls.close(descriptor);
  return fail('the event loop cannot poll the socket');
}

function bind(shared: Shared, descriptor: number, family: 4 | 6, at: Address): Result<Address, string> {
  const { calls, scratch, scratchAt } = shared;
  if (family === 6) setOption(shared, descriptor, system.levelIpv6, system.ipv6Only, 1);
  const bytes = shared.names.write(scratch, 0, family, at);
  if (bytes === 0) return fail('EINVAL');
  if (calls.bind(descriptor, scratchAt, bytes) < 0) return fail(calls.lastError());
  scratch[8] = 32;
  if (calls.getsockname(descriptor, scratchAt, scratchAt + 32) < 0) return fail(calls.lastError());
  return ok(shared.names.read(scratch, 0));
}

function setOption(
  { calls, scratch, scratchAt }: Shared,
  descriptor: number,
  level: number,
  option: number,
  value: number,
): void {
  scratch[0] = value;
  calls.setsockopt(descriptor, level, option, scratchAt, 4);
}

/** Batches of which nothing was admitted that one turn takes, at most. */
const unwantedBatchesMax = 16;

/** A class, for a hot path of plain fields. Nothing happens in it by itself: idle, it waits in the event loop's poll. */
class BatchedSocket implements DatagramSocket {
  readonly local: Address;
  open = true;
  private readonly descriptor: number;
  private readonly shared: Shared;
  private readonly receiver: DatagramReceiver;
  private readonly outbox: DatagramOutbox;
  private readiness: Readiness | undefined;
  private readable = false;
  private turnComing = false;
  private inTurn = false;
  private watchingRoom = false;
  private pollFailed = false;
  private resting: NodeJS.Timeout | undefined;

  constructor(shared: Shared, descriptor: number, family: 4 | 6, local: Address, receiver: DatagramReceiver) {
    this.shared = shared;
    this.descriptor = descriptor;
    this.local = local;
    this.receiver = receiver;
    this.outbox = new DatagramOutbox(shared.calls, shared.names, descriptor, family);
  }

  /** Begins to receive; false when the event loop cannot take the socket in. */
  start(): boolean {
    this.readiness = this.shared.calls.ready(this.descriptor, (failed) => {
      this.pollFailed ||= failed;
      this.readable = true;
      this.comeTurn();
    });
    return this.readiness !== undefined;
  }

  send(bytes: Buffer, to: Address, onFailure?: (reason: string) => void): void {
    if (!this.open || !isPort(to.port)) {
      const reason = this.open ? 'EINVAL' : 'socket closed';
      if (onFailure !== undefined) queueMicrotask(() => onFailure(reason));
      return;
    }
    this.outbox.queue(bytes, to, onFailure);
    if (!this.inTurn) this.comeTurn();
  }

  close(): Promise<void> {
    if (!this.open) return Promise.resolve();
    this.outbox.flush();
    this.outbox.drop('socket closed');
    this.open = false;
    clearTimeout(this.resting);
    this.readiness?.close();
    this.shared.calls.close(this.descriptor);
    return new Promise((resolve) => setImmediate(resolve));
  }

  private comeTurn(): void {
    if (this.turnComing) return;
    this.turnComing = true;
    setImmediate(this.turn);
  }

  /**
   * Takes what has arrived, hands it over, sends what is to be sent: in the check phase right after the poll phase, where
   * promises that the receiver settles go on at once. One batch a turn, so that timers and connections have theirs.
   */
  private readonly turn = (): void => {
    this.turnComing = false;
    if (!this.open) return;
    this.inTurn = true;
    try {
      if (this.readable) this.receive();
    } finally {
      this.inTurn = false;
      if (this.outbox.waiting) this.outbox.flush();
      this.watch();
    }
  };

  private receive(): void {
    this.readable = false;
    const { inbox } = this.shared;
    let taken = inbox.take(this.descriptor, this.receiver);
    // A flood of what is not admitted makes no work: the next batch is looked at in the same turn.
    for (let more = 1; more < unwantedBatchesMax && inbox.full && taken.length === 0; more += 1) {
      taken = inbox.take(this.descriptor, this.receiver);
    }
    if (typeof taken === 'string') {
      if (taken !== 'EAGAIN' && taken !== 'EINTR') this.receiver.onFault(taken);
      return;
    }
    if (inbox.full) {
      this.readable = true;
      this.comeTurn();
    }
    if (taken.length > 0) this.receiver.onBatch(taken);
    else if (!inbox.full) this.rest();
  }

  /**
   * Nothing that came was wanted: lets a millisecond's worth gather. Else a flood would wake the loop for each datagram, at
   * ten times what it costs to drop it in a batch.
   */
  private rest(): void {
    this.readiness?.pause();
    this.resting = setTimeout(() => {
      this.readiness?.watch(this.watchingRoom);
    }, 1);
  }

  /** Asks to be told of room to write exactly while something waits for it; a poll that failed is begun anew. */
  private watch(): void {
    const { blocked } = this.outbox;
    if (!this.open || (blocked === this.watchingRoom && !this.pollFailed)) return;
    this.watchingRoom = blocked;
    this.pollFailed = false;
    this.readiness?.watch(blocked);
  }
}
