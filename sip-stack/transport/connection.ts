import type { Instant, Milliseconds, Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import type { StreamReader, StreamSocket } from '../../net/stream.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../flow.ts';
import { flowKeyOf } from '../flow-key.ts';
import type { FramedMessage, Framer } from '../wire/framing.ts';
import { isLineEnds } from './line-ends.ts';
import { failLater } from './closed-flow.ts';
import type { TransportCounts } from './counts.ts';
import { faultFields } from './fault-fields.ts';
import type { TransportContext } from './kind.ts';

/** What the connections of one kind share. */
export interface ConnectionOwner {
  readonly facts: TransportFacts;
  readonly context: TransportContext;
  readonly counts: TransportCounts;
  /** Called once for each connection, when it is closed; its `onFailure` calls have been made. */
  onConnectionClosed(connection: Connection): void;
}

/** How long a connection that we end may take to send what is queued and to hear the peer's end. */
const lingerTime = milliseconds(2000);
/** The answer to a CRLF ping (RFC 5626 §4.4.1). */
const pong = Buffer.from('\r\n');

/** A send that the system has not taken in full. */
interface Unwritten {
  readonly order: number;
  readonly onFailure: (reason: string) => void;
}

/**
 * One connection as a flow. A class, so that twenty thousand idle ones share one set of functions.
 *
 * `connecting` and `open` carry messages; `ending` sends what is queued and hears nothing more; `closed` is the end.
 */
export class Connection implements Flow, StreamReader {
  /** Names this connection within the process's life; no other ever has it. */
  readonly name: string;
  readonly remote: Peer;
  private readonly owner: ConnectionOwner;
  private readonly socket: StreamSocket;
  private readonly framer: Framer;
  private state: 'connecting' | 'open' | 'ending' | 'closed';
  private localSeen: Peer;
  private writesBegun = 0;
  private writesDone = 0;
  private unwritten: Unwritten[] = [];
  private heardAt: Instant;
  private closeReason: string | undefined;
  /** Runs out when the connection takes too long to open, to speak again, or to end. */
  private stateTimer: Timer;
  /** Runs out when a message begun, or the first one, is not complete in time. */
  private messageTimer: Timer | undefined;

  /** @param begin gives the socket, which reports to the reader it is handed */
  constructor(
    owner: ConnectionOwner,
    name: string,
    framer: Framer,
    state: 'connecting' | 'open',
    begin: (reader: StreamReader) => StreamSocket,
  ) {
    this.owner = owner;
    this.name = name;
    this.framer = framer;
    this.state = state;
    this.heardAt = owner.context.clock.now();
    this.socket = begin(this);
    this.remote = this.socket.remote;
    this.localSeen = this.socket.local;
    const { settings } = owner.context;
    this.stateTimer =
      state === 'connecting'
        ? this.startTimer(settings.streamConnectTimeout, (late) => late.drop('connect timeout'))
        : this.startTimer(milliseconds(settings.streamIdleTimeout * 1000), (idle) => idle.checkIdle());
    if (state === 'open') this.awaitMessage();
  }

  get key(): FlowKey {
    return flowKeyOf(this.owner.facts, this.local, this.remote, this.name);
  }
  get transport(): TransportFacts {
    return this.owner.facts;
  }
  get local(): Peer {
    return this.localSeen;
  }
  get open(): boolean {
    return this.state === 'open' || this.state === 'connecting';
  }
  get backlogBytes(): number {
    return this.socket.backlogBytes;
  }

  send(bytes: Buffer, onFailure?: (reason: string) => void): void {
    if (!this.open) {
      if (onFailure !== undefined) failLater(onFailure, this.closeReason ?? 'connection closed');
      return;
    }
    this.owner.counts.sent.add();
    this.write(bytes, onFailure);
  }

  /** Ends the connection once what is queued has gone out; drops it when that takes too long. */
  endSoon(reason: string): void {
    if (!this.open) return;
    if (this.state === 'connecting') {
      this.drop(reason);
      return;
    }
    this.closeReason = reason;
    this.state = 'ending';
    this.messageTimer?.cancel();
    this.stateTimer.cancel();
    this.stateTimer = this.startTimer(lingerTime, (late) => late.socket.destroy());
    this.socket.end();
  }

  /** Drops the connection and what is queued; the senders are told. */
  drop(reason: string): void {
    if (this.state === 'closed') return;
    this.closeReason ??= reason;
    this.state = 'ending';
    this.socket.destroy();
  }

  onOpen(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.localSeen = this.socket.local;
    this.heardAt = this.owner.context.clock.now();
    this.stateTimer.cancel();
    this.stateTimer = this.startIdleTimer(this.idleTimeout);
  }

  onBytes(chunk: Buffer): void {
    if (this.state !== 'open') return;
    this.heardAt = this.owner.context.clock.now();
    const framed = this.cut(chunk);
    for (const each of framed) {
      // A fault of ours in one message must cost neither the connection nor the process: it is logged and left behind.
      try {
        this.receive(each);
      } catch (error) {
        this.owner.context.log.error('message-failed', { ...this.names(), ...faultFields(error) });
      }
      if (!this.open) return;
    }
    if (framed.length > 0) {
      this.messageTimer?.cancel();
      this.messageTimer = undefined;
    } else if (this.messageTimer === undefined && !isLineEnds(chunk)) {
      this.awaitMessage();
    }
  }

  onWritten(): void {
    this.writesDone += 1;
    if (this.writesDone === this.writesBegun && this.unwritten.length > 0) this.unwritten = [];
  }

  onClosed(reason: string | undefined): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.stateTimer.cancel();
    this.messageTimer?.cancel();
    this.closeReason ??= reason ?? 'connection closed by the peer';
    const failed = this.unwritten.filter((each) => each.order > this.writesDone);
    this.unwritten = [];
    this.owner.counts.failures.add(failed.length);
    for (const each of failed) each.onFailure(this.closeReason);
    this.owner.onConnectionClosed(this);
  }

  /** Why the connection is no longer open. */
  get reason(): string {
    return this.closeReason ?? '';
  }

  private write(bytes: Buffer, onFailure?: (reason: string) => void): void {
    this.writesBegun += 1;
    this.socket.write(bytes);
    const { backlogBytes } = this.socket;
    if (backlogBytes === 0) return;
    if (onFailure !== undefined) this.unwritten.push({ order: this.writesBegun, onFailure });
    if (backlogBytes <= this.owner.context.settings.streamBacklogBytesMax) return;
    this.owner.context.log.warn('peer-reads-too-slowly', { ...this.names(), backlogBytes });
    this.drop('peer reads too slowly');
  }

  /** The messages now complete. A framer that fails has lost its place: the connection is of no more use. */
  private cut(chunk: Buffer): readonly FramedMessage[] {
    try {
      return this.framer.push(chunk);
    } catch (error) {
      this.owner.context.log.error('message-failed', { ...this.names(), ...faultFields(error) });
      this.drop('framing failed');
      return [];
    }
  }

  private receive(framed: FramedMessage): void {
    const { context, counts } = this.owner;
    switch (framed.kind) {
      case 'message':
        counts.received.add();
        context.listener.onMessage(framed.message, this);
        return;
      case 'ping':
        counts.keepalives.add();
        this.write(pong);
        return;
      case 'fault':
        // The bounds of what follows cannot be trusted: answer what could be read, then close (RFC 3261 §18.3).
        counts.malformed.add();
        try {
          context.listener.onMalformed(framed.fault, this);
        } finally {
          this.endSoon('malformed message');
        }
    }
  }

  private awaitMessage(): void {
    const timeout = milliseconds(this.owner.context.settings.streamMessageTimeout * 1000);
    this.messageTimer = this.startTimer(timeout, (late) => {
      late.owner.context.log.info('message-unfinished', late.names());
      late.drop('message not finished in time');
    });
  }

  /** The idle timer is not restarted by each receipt: when it fires it looks how long ago the last one was. */
  private checkIdle(): void {
    const rest = this.idleTimeout - (this.owner.context.clock.now() - this.heardAt);
    if (rest > 0) this.stateTimer = this.startIdleTimer(milliseconds(rest));
    else this.endSoon('idle');
  }

  private startIdleTimer(delay: Milliseconds): Timer {
    return this.startTimer(delay, (idle) => idle.checkIdle());
  }

  private startTimer(delay: Milliseconds, run: (connection: Connection) => void): Timer {
    return this.owner.context.wheel.start(delay, run, this);
  }

  private get idleTimeout(): Milliseconds {
    return milliseconds(this.owner.context.settings.streamIdleTimeout * 1000);
  }

  private names(): { readonly transport: string; readonly peer: string } {
    return { transport: this.owner.facts.uriParam, peer: `${this.remote.host}:${String(this.remote.port)}` };
  }
}
