import type { Instant } from '../kernel/clock.ts';
import type { Peer, TransportFacts } from '../sip-stack/flow.ts';
import type { Reading } from './reading.ts';
import { readingOf } from './reading.ts';
import { maskSecrets } from './secrets.ts';

export type Direction = 'received' | 'sent';

/**
 * One message as it came or went, shown to everybody who traces. A class, since what one of them asks for (a copy, what it
 * says) is made once for all of them. To be used within the call that shows it, `copy` and `masked` excepted.
 */
export class TracedMessage {
  readonly direction: Direction;
  readonly at: Instant;
  readonly transport: TransportFacts;
  /** Our end; never a wildcard. */
  readonly local: Peer;
  readonly remote: Peer;
  /** As the transport has them: not to be kept, not to be changed. */
  readonly bytes: Buffer;
  private copied: Buffer | undefined = undefined;
  private maskedCopy: Buffer | undefined = undefined;
  private read: Reading | undefined = undefined;

  constructor(direction: Direction, at: Instant, transport: TransportFacts, local: Peer, remote: Peer, bytes: Buffer) {
    this.direction = direction;
    this.at = at;
    this.transport = transport;
    this.local = local;
    this.remote = remote;
    this.bytes = bytes;
  }

  get source(): Peer {
    return this.direction === 'received' ? this.remote : this.local;
  }
  get destination(): Peer {
    return this.direction === 'received' ? this.local : this.remote;
  }
  /** To keep. */
  get copy(): Buffer {
    this.copied ??= Buffer.from(this.bytes);
    return this.copied;
  }
  /** To keep, its secrets masked. */
  get masked(): Buffer {
    if (this.maskedCopy === undefined) {
      this.maskedCopy = Buffer.from(this.bytes);
      maskSecrets(this.maskedCopy);
    }
    return this.maskedCopy;
  }
  /** What it says. */
  get reading(): Reading {
    this.read ??= readingOf(this.bytes);
    return this.read;
  }
}

/** Somebody who is shown every message; must not throw. */
export interface TraceSink {
  take(message: TracedMessage): void;
}
