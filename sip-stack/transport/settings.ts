import type { Values } from '../../config/section.ts';
import { choice, duration, integer, list, section, text } from '../../config/section.ts';
import { limits } from '../../kernel/limits.ts';

/** Settings of the transports (RFC 3261 §18, RFC 5923, RFC 7118). */
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
  streamHandshakeTimeout: duration({
    default: 10_000,
    min: 100,
    max: 120_000,
    unit: 'milliseconds',
    reload: 'live',
    doc: 'A connection whose TLS handshake or WebSocket request is not complete after this time is closed.',
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
  connectionsPerSourceMax: integer({
    default: 1000,
    min: 1,
    max: limits.connectionsMax,
    reload: 'live',
    doc:
      'Connections open at once from one address, of all kinds together; further ones are closed at once. Trusted peers and ' +
      'this machine (a reverse proxy) have no such bound. Raise it where many users share an address.',
  }),
  connectionsPerSourceRate: integer({
    default: 100,
    min: 1,
    max: 10_000,
    unit: 'a second',
    reload: 'live',
    doc: 'New connections from one address in a second; further ones are closed at once. The same exceptions hold.',
  }),
  connectionAliases: choice({
    of: ['off', 'tls', 'all'],
    default: 'tls',
    reload: 'live',
    doc:
      'Whether requests to the address that a peer names in its Via with `alias` go over the connection it began (RFC 5923): ' +
      '"tls" where its certificate proves the domain they are for; "all" also over TCP, where nothing proves who the peer is.',
  }),
  webSocketOrigins: list({
    default: [],
    max: 64,
    accepts: "origins such as 'https://app.example.org'",
    check: (entry) =>
      /^[a-z][a-z0-9+.-]*:\/\/[^/\sA-Z]+$/.test(entry)
        ? undefined
        : "is not an origin: write it like 'https://app.example.org'",
    reload: 'live',
    doc: 'Origins whose pages may connect over WebSocket (RFC 6455 §10.2); empty for all. Programs that name no origin always may.',
  }),
  webSocketPath: text({
    default: '',
    max: 200,
    accepts: "a path such as '/sip'",
    check: (path) => (path === '' || /^\/[^\s?#]*$/.test(path) ? undefined : "is not a path: write it like '/sip'"),
    reload: 'live',
    doc: 'The path that WebSocket clients have to ask for; empty for any.',
  }),
  webSocketPingAfter: duration({
    default: 45,
    min: 0,
    max: 86_400,
    unit: 'seconds',
    reload: 'live',
    doc:
      'Silence on a WebSocket connection after which it is pinged, which keeps proxies on the way from closing it; it is closed ' +
      'when the peer stays silent as long again. 0 for never.',
  }),
});

export type TransportSettings = Values<typeof transportSection>;
