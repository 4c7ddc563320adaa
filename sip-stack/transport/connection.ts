import type { Instant, Milliseconds, Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import type { EndReason, StreamReader, StreamSocket } from '../../net/stream.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../flow.ts';
import { flowKeyOf } from '../flow-key.ts';
import type { FramedMessage, Framer } from '../wire/framing.ts';
import type { SipMessage } from '../wire/message.ts';
import { bytesOfMessage } from './message-bytes.ts';
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
  /** The handshake of an accepted connection is over. */
  onConnectionOpen(connection: Connection): void;
  /** A message came on a connection that we accepted. */
  onAcceptedMessage(connection: Connection, message: SipMessage): void;
  /** The same object for equal addresses: most connections have the same end here. */
  sameLocal(local: Peer): Peer;
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

const nothingUnwritten: readonly Unwritten[] = [];

/** How a connection begins: ours to establish, accepted with a handshake to come, or accepted and ready. */
export type Beginning = 'connecting' | 'handshaking' | 'open';

/**
 * One connection as a flow. A class, so that twenty thousand idle ones share one set of functions.
 *
 * `connecting` and `open` carry messages; `handshaking` (accepted, TLS or WebSocket) carries nothing yet; `ending` sends what is
 * queued and hears nothing more; `closed` is the end.
 */
export class Connection implements Flow, StreamReader {
  /** Names this connection within the process's life; no other ever has it. */
  readonly name: string;
  readonly remote: Peer;
  /** Whether the peer began it. */
  readonly accepted: boolean;
  /** The name whose holder has to answer, on a connection of ours over TLS (RFC 5922 §7.3). */
  readonly domain: string | undefined;
  /** Where else its peer is reached over it: `host:port` (RFC 5923 §8.2). */
  alias: string | undefined = undefined;
  private readonly owner: ConnectionOwner;
  private readonly socket: StreamSocket;
  private readonly framer: Framer;
  private state: Beginning | 'ending' | 'closed';
  private localSeen: Peer;
  private writesBegun = 0;
  private writesDone = 0;
  private unwritten = nothingUnwritten;
  private heardAt: Instant;
  private closeReason: string | undefined = undefined;
  /** Runs out when the connection takes too long to open, to speak again, or to end. */
  private stateTimer: Timer;
  /** Runs out when a message begun, or the first one, is not complete in time. */
  private messageTimer: Timer | undefined = undefined;

  /** @param begin gives the socket, which reports to the reader it is handed */
  constructor(
    owner: ConnectionOwner,
    name: string,
    framer: Framer,
    state: Beginning,
    begin: (reader: StreamReader) => StreamSocket,
    domain?: string,
  ) {
    this.owner = owner;
    this.name = name;
    this.framer = framer;
    this.state = state;
    this.accepted = state !== 'connecting';
    this.domain = domain;
    this.heardAt = owner.context.clock.now();
    this.socket = begin(this);
    this.remote = this.socket.remote;
    this.localSeen = owner.sameLocal(this.socket.local);
    const { settings } = owner.context;
    if (state === 'connecting')
      this.stateTimer = this.startTimer(settings.streamConnectTimeout, (late) => late.drop('connect timeout'));
    else if (state === 'handshaking')
      this.stateTimer = this.startTimer(settings.streamHandshakeTimeout, (late) => late.dropUnfinished());
    else {
      this.stateTimer = this.startIdleTimer(this.quietTime);
      this.awaitMessage();
    }
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
  /** What the certificate of the peer proves; undefined where none was asked for, shown and trusted. */
  get provenDomains(): readonly string[] | undefined {
    return this.socket.provenNames;
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
    const { tap } = this.owner.context;
    if (tap.active) tap.onSent(bytes, this);
    this.write(bytes, onFailure);
  }

  /** Ends the connection once what is queued has gone out; drops it when that takes too long. */
  endSoon(reason: string, why: EndReason = 'done'): void {
    if (this.state === 'connecting' || this.state === 'handshaking') {
      this.drop(reason);
      return;
    }
    if (this.state !== 'open') return;
    this.closeReason = reason;
    this.state = 'ending';
    this.messageTimer?.cancel();
    this.stateTimer.cancel();
    this.stateTimer = this.startTimer(lingerTime, (late) => late.socket.destroy());
    this.socket.end(why);
  }

  /** Drops the connection and what is queued; the senders are told. */
  drop(reason: string): void {
    if (this.state === 'closed') return;
    this.closeReason ??= reason;
    this.state = 'ending';
    this.socket.destroy();
  }

  onOpen(): void {
    if (this.state !== 'connecting' && this.state !== 'handshaking') return;
    this.state = 'open';
    this.localSeen = this.owner.sameLocal(this.socket.local);
    this.heardAt = this.owner.context.clock.now();
    this.stateTimer.cancel();
    this.stateTimer = this.startIdleTimer(this.quietTime);
    if (!this.accepted) return;
    this.awaitMessage();
    this.owner.onConnectionOpen(this);
  }

  onAlive(): void {
    this.heardAt = this.owner.context.clock.now();
  }

  onBytes(chunk: Buffer): void {
    if (this.state !== 'open') return;
    this.heardAt = this.owner.context.clock.now();
    const framed = this.cut(chunk);
    for (const each of framed) {
      // A fault of ours in one message must cost neither the connection nor the process: it is logged and left behind.
      try {
        this.receive(each, chunk);
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
    if (this.writesDone === this.writesBegun) this.unwritten = nothingUnwritten;
  }

  onClosed(reason: string | undefined): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.stateTimer.cancel();
    this.messageTimer?.cancel();
    this.closeReason ??= reason ?? 'connection closed by the peer';
    const failed = this.unwritten.filter((each) => each.order > this.writesDone);
    this.unwritten = nothingUnwritten;
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
    if (onFailure !== undefined) this.remember({ order: this.writesBegun, onFailure });
    if (backlogBytes <= this.owner.context.settings.streamBacklogBytesMax) return;
    this.owner.context.log.warn('peer-reads-too-slowly', { ...this.names(), backlogBytes });
    this.drop('peer reads too slowly');
  }

  private remember(unwritten: Unwritten): void {
    if (this.unwritten === nothingUnwritten) this.unwritten = [unwritten];
    else (this.unwritten as Unwritten[]).push(unwritten);
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

  private receive(framed: FramedMessage, chunk: Buffer): void {
    const { context, counts } = this.owner;
    switch (framed.kind) {
      case 'message':
        counts.received.add();
        if (context.tap.active) context.tap.onReceived(bytesOfMessage(framed.message), this);
        if (this.accepted && this.alias === undefined) this.owner.onAcceptedMessage(this, framed.message);
        context.listener.onMessage(framed.message, this);
        return;
      case 'ping':
        counts.keepalives.add();
        this.write(pong);
        return;
      case 'fault':
        counts.malformed.add();
        if (context.tap.active) context.tap.onReceived(chunk, this);
        this.receiveFault(framed);
    }
  }

  /**
   * Answers what could be read. Where the bounds of what follows cannot be trusted, the connection is closed then (RFC 3261
   * §18.3); where each message has its own frame (RFC 7118 §5) it goes on, unless the peer does not speak SIP at all.
   */
  private receiveFault({ fault, goesOn }: FramedMessage & { readonly kind: 'fault' }): void {
    const { context } = this.owner;
    try {
      context.listener.onMalformed(fault, this);
    } finally {
      if (goesOn !== true || fault.request === undefined) this.endSoon('malformed message', 'protocol-error');
      context.admission.onMalformed(this.remote.host, this.remote.port);
    }
  }

  private awaitMessage(): void {
    const timeout = milliseconds(this.owner.context.settings.streamMessageTimeout * 1000);
    this.messageTimer = this.startTimer(timeout, (late) => {
      late.owner.context.log.info('message-unfinished', late.names());
      late.drop('message not finished in time');
    });
  }

  private dropUnfinished(): void {
    this.owner.context.log.info('handshake-unfinished', this.names());
    this.drop('handshake not finished in time');
  }

  /**
   * The timer is not restarted by each receipt: when it fires it looks how long ago the last one was. A peer that can be
   * asked whether it lives is asked, and given up when it does not tell before it would be asked again.
   */
  private checkIdle(): void {
    const silence = this.owner.context.clock.now() - this.heardAt;
    const { pingAfter } = this;
    if (silence >= this.idleTimeout) this.endSoon('idle');
    else if (silence < this.quietTime) this.stateTimer = this.startIdleTimer(milliseconds(this.quietTime - silence));
    else if (silence >= 2 * pingAfter) this.drop('no answer to pings');
    else {
      this.socket.ping?.();
      this.stateTimer = this.startIdleTimer(milliseconds(2 * pingAfter - silence));
    }
  }

  private startIdleTimer(delay: Milliseconds): Timer {
    return this.startTimer(delay, (idle) => idle.checkIdle());
  }

  private startTimer(delay: Milliseconds, run: (connection: Connection) => void): Timer {
    return this.owner.context.wheel.start(delay, run, this);
  }

  /** Silence after which something is to be done: a ping, or the end. */
  private get quietTime(): Milliseconds {
    const { pingAfter } = this;
    return pingAfter > 0 && pingAfter < this.idleTimeout ? pingAfter : this.idleTimeout;
  }

  /** 0 where the peer cannot be asked. */
  private get pingAfter(): Milliseconds {
    const { webSocketPingAfter } = this.owner.context.settings;
    return milliseconds(this.socket.ping === undefined ? 0 : webSocketPingAfter * 1000);
  }

  private get idleTimeout(): Milliseconds {
    return milliseconds(this.owner.context.settings.streamIdleTimeout * 1000);
  }

  private names(): { readonly transport: string; readonly peer: string } {
    return { transport: this.owner.facts.uriParam, peer: `${this.remote.host}:${String(this.remote.port)}` };
  }
}
