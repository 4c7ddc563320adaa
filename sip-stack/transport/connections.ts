import { milliseconds } from '../../kernel/clock.ts';
import { ok } from '../../kernel/result.ts';
import type {
  ConnectStream,
  ListenStream,
  StreamOptions,
  StreamReader,
  StreamServer,
  StreamSocket,
} from '../../net/stream.ts';
import type { Peer, TransportFacts } from '../flow.ts';
import { hostPort, parseFlowKey } from '../flow-key.ts';
import type { Framer } from '../wire/framing.ts';
import { closedFlow } from './closed-flow.ts';
import { Connection } from './connection.ts';
import type { Beginning, ConnectionOwner } from './connection.ts';
import { createConnectionBook } from './connection-book.ts';
import { createTransportCounts } from './counts.ts';
import type { Transport, TransportContext } from './kind.ts';

/** What tells one connection-oriented kind from another. */
export interface StreamKind {
  readonly facts: TransportFacts;
  readonly listen: ListenStream;
  /** Absent where only clients begin connections (RFC 7118 §5). */
  readonly connect?: ConnectStream;
  /** Finds the messages in what one connection receives. */
  createFramer(): Framer;
}

/**
 * The connections of one kind. One that is open is used for every request towards its remote address, whoever began it
 * (RFC 3261 §18.1.1), and towards the address that a peer names as an alias of it (RFC 5923); requests wait while it is being
 * established. One that is secure is used only for domains that its peer has proved to be (RFC 5923 §8.1).
 */
export function startConnections(kind: StreamKind, context: TransportContext): Transport {
  const { facts } = kind;
  const { log, settings, sources } = context;
  const servers: StreamServer[] = [];
  const byName = new Map<string, Connection>();
  const book = createConnectionBook(facts, context);
  // Part of each connection's name: a key kept over a restart must not find a stranger's connection.
  const epoch = context.tokens.token(64);
  const options: StreamOptions = { probeAfter: milliseconds(settings.streamProbeAfter * 1000) };
  let serial = 0;
  let stopped: (() => void) | undefined;
  let stopping = false;
  let turnedAway = false;
  let lastLocal: Peer = { host: '', port: 0 };

  const owner: ConnectionOwner = {
    facts,
    context,
    counts: createTransportCounts(context.meter, facts),
    onConnectionOpen(connection) {
      book.enter(connection);
    },
    onAcceptedMessage(connection, message) {
      book.noteAlias(connection, message);
    },
    sameLocal(local) {
      if (local.host !== lastLocal.host || local.port !== lastLocal.port) lastLocal = local;
      return lastLocal;
    },
    onConnectionClosed(connection) {
      byName.delete(connection.name);
      book.remove(connection);
      if (connection.accepted) sources.leave(connection.remote);
      turnedAway &&= byName.size >= settings.connectionsMax;
      const peer = hostPort(connection.remote);
      log.debug('connection-closed', { transport: facts.uriParam, peer, reason: connection.reason });
      context.listener.onFlowClosed(connection);
      if (byName.size === 0) stopped?.();
    },
  };
  context.meter.gauge('pharos_transport_connections', 'Connections open', () => byName.size, {
    transport: facts.uriParam,
  });

  const add = (state: Beginning, begin: (reader: StreamReader) => StreamSocket, domain?: string): Connection => {
    serial += 1;
    const name = `${epoch}.${serial.toString(36)}`;
    const connection = new Connection(owner, name, kind.createFramer(), state, begin, domain);
    byName.set(name, connection);
    if (state !== 'handshaking') book.enter(connection);
    return connection;
  };

  /** Says it once until there is room again: a flood must not become a flood of lines. */
  const turnAway = (remote: Peer): void => {
    owner.counts.failures.add();
    if (!turnedAway)
      log.warn('too-many-connections', { transport: facts.uriParam, peer: remote.host, open: byName.size });
    turnedAway = true;
  };

  const turnSourceAway = (remote: Peer, reason: 'unwanted' | 'too-many' | 'too-fast'): void => {
    owner.counts.failures.add();
    if (reason !== 'unwanted') log.warn('source-turned-away', { transport: facts.uriParam, peer: remote.host, reason });
  };

  return {
    async listen(at) {
      const opened = await kind.listen(at, options, {
        onConnection(socket) {
          if (stopping) return undefined;
          if (byName.size >= settings.connectionsMax) {
            turnAway(socket.remote);
            return undefined;
          }
          const entry = sources.enter(socket.remote);
          if (entry === 'entered') return add(socket.handshaking === true ? 'handshaking' : 'open', () => socket);
          turnSourceAway(socket.remote, entry);
          return undefined;
        },
        onFault(reason) {
          log.warn('socket-fault', { transport: facts.uriParam, reason });
        },
      });
      if (!opened.ok) return opened;
      servers.push(opened.value);
      return ok({ ...at, port: opened.value.local.port });
    },
    connect(peer, domain) {
      const known = book.find(peer, domain);
      if (known !== undefined) return known;
      if (stopping) return closedFlow(facts, peer, 'stopping');
      const { connect } = kind;
      if (connect === undefined) return closedFlow(facts, peer, 'only clients begin WebSocket connections');
      if (byName.size >= settings.connectionsMax) {
        turnAway(peer);
        return closedFlow(facts, peer, 'too many connections');
      }
      return add('connecting', (reader) => connect(peer, options, reader, domain), domain);
    },
    flow(key) {
      const name = parseFlowKey(key)?.connection;
      const connection = name === undefined ? undefined : byName.get(name);
      return connection?.open === true ? connection : undefined;
    },
    async stop() {
      stopping = true;
      const closed = servers.map((server) => server.close());
      for (const connection of [...byName.values()]) connection.endSoon('stopping');
      if (byName.size > 0) await new Promise<void>((resolve) => (stopped = resolve));
      await Promise.all(closed);
    },
  };
}
