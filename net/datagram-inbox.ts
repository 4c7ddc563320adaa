import type { Datagram } from './datagram.ts';
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
  /** What has arrived, at most `batchMax`; the system's error code when nothing could be taken ('EAGAIN': there is nothing). */
  take(descriptor: number): readonly Datagram[] | string;
}

export function createDatagramInbox(calls: SocketCalls, socketNames: SocketNames): DatagramInbox {
  const headers = createMessageHeaders(calls, batchMax);
  const { words, names } = headers;
  const slots = Buffer.allocUnsafeSlow(batchMax * slotBytes);
  const slotsAt = calls.pointerTo(slots);
  for (let index = 0; index < batchMax; index += 1) headers.point(index, slotsAt + index * slotBytes, slotBytes);

  const lengthOf = (index: number): number => words[index * headerWords + messageBytesAt] ?? 0;

  /** Copies so many datagrams out; what they share is allocated in as few pieces as the bound allows. */
  const copied = (count: number): readonly Datagram[] => {
    let rest = 0;
    for (let index = 0; index < count; index += 1) rest += lengthOf(index);
    const batch: Datagram[] = [];
    let block = emptyBlock;
    let used = 0;
    for (let index = 0; index < count; index += 1) {
      const length = lengthOf(index);
      if (used + length > block.length) {
        block = Buffer.allocUnsafe(rest <= blockBytes ? rest : Math.max(length, blockBytes));
        used = 0;
      }
      block.set(new Uint8Array(slots.buffer, slots.byteOffset + index * slotBytes, length), used);
      const whole = length === block.length;
      const bytes = whole ? block : Buffer.from(block.buffer, block.byteOffset + used, length);
      batch.push({ bytes, from: socketNames.read(names, index * nameWords) });
      used += length;
      rest -= length;
      words[index * headerWords + nameBytesAt] = nameBytesMax;
    }
    return batch;
  };

  return {
    take(descriptor) {
      const count = calls.recvmmsg(descriptor, headers.pointer, batchMax, dontWait, 0);
      return count < 0 ? calls.lastError() : copied(count);
    },
  };
}

const emptyBlock = Buffer.alloc(0);
