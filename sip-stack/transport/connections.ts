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
import type { ConnectionOwner } from './connection.ts';
import { createTransportCounts } from './counts.ts';
import type { Transport, TransportContext } from './kind.ts';

/** What tells one connection-oriented kind from another. */
export interface StreamKind {
  readonly facts: TransportFacts;
  readonly listen: ListenStream;
  readonly connect: ConnectStream;
  /** Finds the messages in what one connection receives. */
  createFramer(): Framer;
}

/**
 * The connections of one kind. One that is open is used for every request towards its remote address, whoever began it
 * (RFC 3261 §18.1.1); requests wait while it is being established.
 */
export function startConnections(kind: StreamKind, context: TransportContext): Transport {
  const { facts } = kind;
  const { log, settings } = context;
  const servers: StreamServer[] = [];
  const byName = new Map<string, Connection>();
  const byRemote = new Map<string, Connection>();
  // Part of each connection's name: a key kept over a restart must not find a stranger's connection.
  const epoch = context.tokens.token(64);
  const options: StreamOptions = { probeAfter: milliseconds(settings.streamProbeAfter * 1000) };
  let serial = 0;
  let stopped: (() => void) | undefined;
  let stopping = false;
  let turnedAway = false;

  const owner: ConnectionOwner = {
    facts,
    context,
    counts: createTransportCounts(context.meter, facts),
    onConnectionClosed(connection) {
      byName.delete(connection.name);
      const remote = hostPort(connection.remote);
      if (byRemote.get(remote) === connection) byRemote.delete(remote);
      turnedAway &&= byName.size >= settings.connectionsMax;
      log.debug('connection-closed', { transport: facts.uriParam, peer: remote, reason: connection.reason });
      context.listener.onFlowClosed(connection);
      if (byName.size === 0) stopped?.();
    },
  };
  context.meter.gauge('pharos_transport_connections', 'Connections open', () => byName.size, {
    transport: facts.uriParam,
  });

  const add = (state: 'connecting' | 'open', begin: (reader: StreamReader) => StreamSocket): Connection => {
    serial += 1;
    const connection = new Connection(owner, `${epoch}.${serial.toString(36)}`, kind.createFramer(), state, begin);
    byName.set(connection.name, connection);
    byRemote.set(hostPort(connection.remote), connection);
    return connection;
  };

  /** Says it once until there is room again: a flood must not become a flood of lines. */
  const turnAway = (remote: Peer): void => {
    owner.counts.failures.add();
    if (!turnedAway)
      log.warn('too-many-connections', { transport: facts.uriParam, peer: remote.host, open: byName.size });
    turnedAway = true;
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
          return add('open', () => socket);
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
      const known = byRemote.get(hostPort(peer));
      if (known?.open === true) return known;
      if (stopping) return closedFlow(facts, peer, 'stopping');
      if (byName.size >= settings.connectionsMax) {
        turnAway(peer);
        return closedFlow(facts, peer, 'too many connections');
      }
      return add('connecting', (reader) => kind.connect(peer, options, reader, domain));
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
