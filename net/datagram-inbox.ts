import type { Address } from './address.ts';
import type { Datagram, DatagramReceiver } from './datagram.ts';
import {
  createMessageHeaders,
  headerWords,
  messageBytesAt,
  nameBytesAt,
  nameBytesMax,
  nameWords,
} from './message-headers.ts';
import type { SocketCalls } from './socket-calls.ts';
import type { SocketNames } from './socket-names.ts';

/** Datagrams taken by one call. */
export const batchMax = 64;

/** Room for any datagram. The odd rest keeps the starts of the slots out of one another's cache lines. */
const slotBytes = 65_536 + 1_088;

/** Datagrams of one batch share blocks of this size, so that a body that is kept keeps little else alive. */
const blockBytes = 16_384;

/** MSG_DONTWAIT of Linux. */
const dontWait = 0x40;

/** Where datagrams arrive: one for all sockets, since each batch is copied out before the next call. */
export interface DatagramInbox {
  /**
   * What has arrived, at most `batchMax`, without what is not admitted; the system's error code when nothing could be taken
   * ('EAGAIN': there is nothing).
   */
  take(descriptor: number, receiver: Pick<DatagramReceiver, 'admits' | 'onDropped'>): readonly Datagram[] | string;
  /** Whether the last call took `batchMax`: there may be more. */
  readonly full: boolean;
}

export function createDatagramInbox(calls: SocketCalls, socketNames: SocketNames): DatagramInbox {
  const headers = createMessageHeaders(calls, batchMax);
  const { words, names } = headers;
  const slots = Buffer.allocUnsafeSlow(batchMax * slotBytes);
  const slotsAt = calls.pointerTo(slots);
  for (let index = 0; index < batchMax; index += 1) headers.point(index, slotsAt + index * slotBytes, slotBytes);

  const lengthOf = (index: number): number => words[index * headerWords + messageBytesAt] ?? 0;

  /** Where each datagram of a batch came from; undefined for one that is not admitted, which is left where it lies. */
  const senders: (Address | undefined)[] = Array.from({ length: batchMax }, () => undefined);
  let full = false;

  const readSenders = (count: number, receiver: Pick<DatagramReceiver, 'admits' | 'onDropped'>): number => {
    let admitted = count;
    for (let index = 0; index < count; index += 1) {
      const from = socketNames.read(names, index * nameWords);
      const isAdmitted = receiver.admits === undefined || receiver.admits(from.host, from.port);
      senders[index] = isAdmitted ? from : undefined;
      if (!isAdmitted) admitted -= 1;
      words[index * headerWords + nameBytesAt] = nameBytesMax;
    }
    if (admitted < count) receiver.onDropped?.(count - admitted);
    return admitted;
  };

  /** Copies so many datagrams out; what they share is allocated in as few pieces as the bound allows. */
  const copied = (count: number): readonly Datagram[] => {
    let rest = 0;
    for (let index = 0; index < count; index += 1) if (senders[index] !== undefined) rest += lengthOf(index);
    const batch: Datagram[] = [];
    let block = emptyBlock;
    let used = 0;
    for (let index = 0; index < count; index += 1) {
      const from = senders[index];
      if (from === undefined) continue;
      const length = lengthOf(index);
      if (used + length > block.length) {
        block = Buffer.allocUnsafe(rest <= blockBytes ? rest : Math.max(length, blockBytes));
        used = 0;
      }
      block.set(new Uint8Array(slots.buffer, slots.byteOffset + index * slotBytes, length), used);
      const whole = length === block.length;
      const bytes = whole ? block : Buffer.from(block.buffer, block.byteOffset + used, length);
      batch.push({ bytes, from });
      used += length;
      rest -= length;
    }
    return batch;
  };

  return {
    take(descriptor, receiver) {
      const count = calls.recvmmsg(descriptor, headers.pointer, batchMax, dontWait, 0);
      full = count === batchMax;
      if (count < 0) return calls.lastError();
      return readSenders(count, receiver) === 0 ? nothing : copied(count);
    },
    get full() {
      return full;
    },
  };
}

const emptyBlock = Buffer.alloc(0);
const nothing: readonly Datagram[] = [];
