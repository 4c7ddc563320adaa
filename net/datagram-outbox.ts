import { limits } from '../kernel/limits.ts';
import type { Address } from './address.ts';
import type { MessageHeaders } from './message-headers.ts';
import { createMessageHeaders, headerWords, nameBytesAt, nameWords } from './message-headers.ts';
import type { Pointer, SocketCalls } from './socket-calls.ts';
import type { SocketNames } from './socket-names.ts';

/** What waits is sent when it is this much, so that it leaves early and the memory it lies in stays in the cache. */
const flushAt = 64;

/** Beyond, no system takes it as one datagram. */
const datagramBytesMax = 65_535;

/** MSG_DONTWAIT of Linux. */
const dontWait = 0x40;

type OnFailure = (reason: string) => void;

/**
 * The datagrams of one socket that wait to leave. Bytes are copied when queued: a copy of 500 bytes costs 0.1 µs, asking where
 * a foreign Buffer lies costs more. A class, for a hot path of plain fields.
 */
export class DatagramOutbox {
  private readonly calls: SocketCalls;
  private readonly socketNames: SocketNames;
  private readonly descriptor: number;
  private readonly family: 4 | 6;
  private readonly headers: MessageHeaders;
  private readonly bytes: Buffer;
  private readonly bytesAt: Pointer;
  private readonly asked: (OnFailure | undefined)[];
  private anyAsked = false;
  private used = 0;
  private first = 0;
  private count = 0;
  private stuck = false;

  constructor(calls: SocketCalls, socketNames: SocketNames, descriptor: number, family: 4 | 6) {
    this.calls = calls;
    this.socketNames = socketNames;
    this.descriptor = descriptor;
    this.family = family;
    this.headers = createMessageHeaders(calls, limits.datagramsWaitingMax);
    this.bytes = Buffer.allocUnsafeSlow(limits.datagramBytesWaitingMax);
    this.bytesAt = calls.pointerTo(this.bytes);
    this.asked = Array.from({ length: limits.datagramsWaitingMax }, () => undefined);
  }

  /** Whether something waits. */
  get waiting(): boolean {
    return this.count > 0;
  }

  /** Whether the system took no more at the last flush: to be tried again when it has room. */
  get blocked(): boolean {
    return this.stuck;
  }

  queue(bytes: Buffer, to: Address, onFailure: OnFailure | undefined): void {
    const { length } = bytes;
    const full = this.count >= flushAt || this.used + length > this.bytes.length;
    if (full && !this.stuck) this.flush();
    const index = this.count;
    if (length > datagramBytesMax) tell(onFailure, 'EMSGSIZE');
    else if (index === limits.datagramsWaitingMax || this.used + length > this.bytes.length) tell(onFailure, 'ENOBUFS');
    else {
      const nameBytes = this.socketNames.write(this.headers.names, index * nameWords, this.family, to);
      if (nameBytes === 0) {
        tell(onFailure, 'EINVAL');
        return;
      }
      this.headers.words[index * headerWords + nameBytesAt] = nameBytes;
      this.headers.point(index, this.bytesAt + this.used, length);
      this.bytes.set(bytes, this.used);
      this.used += length;
      this.count += 1;
      if (onFailure === undefined) return;
      this.asked[index] = onFailure;
      this.anyAsked = true;
    }
  }

  /** Hands over what waits; whatever the system does not take as a datagram is told to its sender and left behind. */
  flush(): void {
    this.stuck = false;
    while (this.first < this.count) {
      const at = this.headers.pointer + this.first * headerWords * 4;
      const sent = this.calls.sendmmsg(this.descriptor, at, this.count - this.first, dontWait);
      if (sent > 0) {
        this.first += sent;
        continue;
      }
      const reason = sent < 0 ? this.calls.lastError() : 'EIO';
      if (reason === 'EAGAIN') {
        this.stuck = true;
        return;
      }
      // The first one is at fault; the others go on without it. A signal (EINTR) is tried again.
      if (reason === 'EINTR') continue;
      tell(this.asked[this.first], reason);
      this.first += 1;
    }
    this.empty();
  }

  /** Gives up what still waits. */
  drop(reason: string): void {
    for (let index = this.first; index < this.count; index += 1) tell(this.asked[index], reason);
    this.stuck = false;
    this.empty();
  }

  private empty(): void {
    if (this.anyAsked) this.asked.fill(undefined, 0, this.count);
    this.anyAsked = false;
    this.first = 0;
    this.count = 0;
    this.used = 0;
  }
}

/** Never during the call that failed: the sender is still in the middle of its own work. */
function tell(onFailure: OnFailure | undefined, reason: string): void {
  if (onFailure !== undefined) queueMicrotask(() => onFailure(reason));
}
