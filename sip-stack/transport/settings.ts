import type { Values } from '../../config/section.ts';
import { choice, duration, integer, section } from '../../config/section.ts';
import { limits } from '../../kernel/limits.ts';

/** Settings of the transports (RFC 3261 §18). */
export const transportSection = section({
  datagramBackend: choice({
    of: ['auto', 'batched', 'node'],
    default: 'auto',
    doc:
      'How datagrams are moved: "batched" takes many with one system call (recvmmsg and sendmmsg; Linux), "node" one at a ' +
      'time. "auto" is batched where the machine can, else node, with a line in the log.',
  }),
  udpReceiveBufferBytes: integer({
    default: 4_194_304,
    min: 65_536,
    max: 268_435_456,
    unit: 'bytes',
    doc: 'Room for datagrams waiting to be read, on each UDP socket. The system may grant less (Linux: net.core.rmem_max).',
  }),
  udpSendBufferBytes: integer({
    default: 4_194_304,
    min: 65_536,
    max: 268_435_456,
    unit: 'bytes',
    doc: 'Room for datagrams waiting to leave, on each UDP socket. The system may grant less (Linux: net.core.wmem_max).',
  }),
  udpRequestBytesMax: integer({
    default: 1300,
    min: 500,
    max: 65_507,
    unit: 'bytes',
    reload: 'live',
    doc:
      'A request of ours above this size leaves over TCP instead of UDP, if the target does not ask for UDP and takes ' +
      'TCP connections (RFC 3261 §18.1.1). Raise it where clients speak UDP alone and the path carries large datagrams.',
  }),
  streamConnectTimeout: duration({
    default: 5000,
    min: 100,
    max: 32_000,
    unit: 'milliseconds',
    reload: 'live',
    doc: 'How long we wait for a TCP connection of ours to be established; under Timer B and F, which end the request.',
  }),
  streamMessageTimeout: duration({
    default: 30,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'A connection is closed when a message begun on it, or its first message, is not complete after this time.',
  }),
  streamIdleTimeout: duration({
    default: 3900,
    min: 10,
    max: 604_800,
    unit: 'seconds',
    reload: 'live',
    doc:
      'A connection is closed when nothing was received on it for this time. Keep it above the longest registration: ' +
      'a client behind NAT is reached over its own connection alone.',
  }),
  streamProbeAfter: duration({
    default: 300,
    min: 0,
    max: 86_400,
    unit: 'seconds',
    doc: 'Silence on a connection after which the system probes whether the peer lives (TCP keep-alive); 0 for never.',
  }),
  streamBacklogBytesMax: integer({
    default: limits.streamBacklogBytesMax,
    min: 65_536,
    max: limits.streamBacklogBytesMax,
    unit: 'bytes',
    reload: 'live',
    doc: 'A connection whose peer reads so slowly that more than this waits to be written is closed.',
  }),
  connectionsMax: integer({
    default: limits.connectionsMax,
    min: 1,
    max: limits.connectionsMax,
    reload: 'live',
    doc: 'Connections open at once, of each kind of transport; further ones are closed at once.',
  }),
});

export type TransportSettings = Values<typeof transportSection>;
