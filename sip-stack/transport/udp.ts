import { familyOf, isLoopback, isWildcard } from '../../net/address.ts';
import { chooseDatagramBackend } from '../../net/datagram-open.ts';
import type { Datagram, DatagramSocket } from '../../net/datagram.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { Flow, FlowKey, Peer, TransportFacts } from '../flow.ts';
import { flowKeyOf, parseFlowKey } from '../flow-key.ts';
import { parseMessage } from '../wire/parse.ts';
import { isLineEnds } from './line-ends.ts';
import { closedFlow } from './closed-flow.ts';
import type { TransportCounts } from './counts.ts';
import { createTransportCounts } from './counts.ts';
import { faultFields } from './fault-fields.ts';
import type { Transport, TransportContext, TransportKind } from './kind.ts';
import { answerStun, isStun } from './stun.ts';
import type { Tap } from './tap.ts';

const facts: TransportFacts = { viaToken: 'UDP', uriParam: 'udp', reliable: false, secure: false, defaultPort: 5060 };

/** SIP over UDP (RFC 3261 §18). */
export const udp: TransportKind = { facts, start: startUdp };

interface SharedByFlows {
  readonly sent: TransportCounts['sent'];
  readonly tap: Tap;
}

/** A class, made once for each datagram: one small object whose getters sit on the prototype. */
class UdpFlow implements Flow {
  readonly remote: Peer;
  private readonly socket: DatagramSocket;
  private readonly shared: SharedByFlows;

  constructor(socket: DatagramSocket, remote: Peer, shared: SharedByFlows) {
    this.socket = socket;
    this.remote = remote;
    this.shared = shared;
  }
  get key(): FlowKey {
    return flowKeyOf(facts, this.socket.local, this.remote);
  }
  get transport(): TransportFacts {
    return facts;
  }
  get local(): Peer {
    return this.socket.local;
  }
  get open(): boolean {
    return this.socket.open;
  }
  send(bytes: Buffer, onFailure?: (reason: string) => void): void {
    const { sent, tap } = this.shared;
    sent.add();
    if (tap.active) tap.onSent(bytes, this);
    this.socket.send(bytes, this.remote, onFailure);
  }
}

function startUdp(context: TransportContext): Transport {
  const { admission, listener, log, settings, tap } = context;
  const counts = createTransportCounts(context.meter, facts);
  const shared: SharedByFlows = { sent: counts.sent, tap };
  const sockets: DatagramSocket[] = [];

  const receive = (socket: DatagramSocket, datagram: Datagram): void => {
    const { bytes, from } = datagram;
    if (isNoMessage(bytes)) {
      counts.keepalives.add();
      const answer = isStun(bytes) ? answerStun(bytes, from) : undefined;
      if (answer !== undefined) socket.send(answer, from);
      return;
    }
    const flow = new UdpFlow(socket, from, shared);
    if (tap.active) tap.onReceived(bytes, flow);
    const parsed = parseMessage(bytes);
    if (parsed.ok) {
      counts.received.add();
      listener.onMessage(parsed.value, flow);
    } else {
      counts.malformed.add();
      listener.onMalformed(parsed.fault, flow);
      admission.onMalformed(from.host, from.port);
    }
  };

  return {
    async listen(at) {
      const buffers = {
        receiveBufferBytes: settings.udpReceiveBufferBytes,
        sendBufferBytes: settings.udpSendBufferBytes,
      };
      const backend = await chooseDatagramBackend(settings.datagramBackend);
      if (!backend.ok) return fail(backend.fault);
      const { lacking } = backend.value;
      if (lacking !== undefined && sockets.length === 0) log.info('datagrams-one-by-one', { reason: lacking });
      const opened = await backend.value.open(at, buffers, {
        onBatch(batch) {
          for (const datagram of batch) {
            // One message must not cost the others of its batch: a fault of ours is logged and left behind.
            try {
              if (opened.ok) receive(opened.value, datagram);
            } catch (error) {
              log.error('message-failed', { transport: 'udp', peer: datagram.from.host, ...faultFields(error) });
            }
          }
        },
        onFault(reason) {
          log.warn('socket-fault', { transport: 'udp', reason });
        },
        admits: (host, port) => admission.admits(host, port),
        onDropped(count) {
          counts.dropped.add(count);
        },
      });
      if (!opened.ok) return opened;
      sockets.push(opened.value);
      return ok({ ...at, port: opened.value.local.port });
    },
    connect(peer) {
      const socket = socketTowards(peer, sockets);
      if (socket !== undefined) return new UdpFlow(socket, peer, shared);
      return closedFlow(facts, peer, `no UDP socket for the address family of ${peer.host}`);
    },
    flow(key) {
      const name = parseFlowKey(key);
      if (name === undefined) return undefined;
      const { local, remote } = name;
      const socket = sockets.find((each) => each.local.port === local.port && each.local.host === local.host);
      return socket?.open === true ? new UdpFlow(socket, remote, shared) : undefined;
    },
    async stop() {
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}

/**
 * CRLF keepalives are for streams; on a datagram they ask for no answer (RFC 5626 §4.4.1). STUN starts with two zero bits,
 * SIP with a letter (RFC 5626 §8).
 */
function isNoMessage(bytes: Buffer): boolean {
  const first = bytes[0];
  return first === undefined || first < 4 || isLineEnds(bytes);
}

/** The socket whose address the peer can answer to: loopback with loopback, else one that is open to the network. */
function socketTowards(peer: Peer, sockets: readonly DatagramSocket[]): DatagramSocket | undefined {
  const family = familyOf(peer.host);
  const loopback = isLoopback(peer.host);
  let second: DatagramSocket | undefined;
  for (const socket of sockets) {
    const { host } = socket.local;
    if (!socket.open || familyOf(host) !== family) continue;
    if (isWildcard(host) || isLoopback(host) === loopback) return socket;
    second ??= socket;
  }
  return second;
}
