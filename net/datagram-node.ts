import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Address } from './address.ts';
import { familyOf, isPort } from './address.ts';
import type { Datagram, DatagramReceiver, DatagramSocket, OpenDatagramSocket } from './datagram.ts';
import { reasonOf } from './reason.ts';

/** Below this a buffer is not worth asking for. */
const bufferBytesMin = 65_536;

/** Answers in the same tick: addresses are numeric, and the way through dns.lookup costs 1.5 µs a send. */
const numericLookup = (
  host: string,
  family: unknown,
  done: (error: null, host: string, family: number) => void,
): void => {
  done(null, host, family === 6 ? 6 : 4);
};

/** The datagram back-end on node:dgram: one system call a datagram, batches gathered by loop turn. */
export const openDatagramSocket: OpenDatagramSocket = (at, buffers, receiver) =>
  new Promise<Result<DatagramSocket, string>>((resolve) => {
    const family = familyOf(at.host);
    if (family === 0) {
      resolve(fail(`not a numeric address: ${at.host}`));
      return;
    }
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      lookup: numericLookup,
    });
    const refused = (error: Error): void => {
      socket.close();
      resolve(fail(reasonOf(error)));
    };
    socket.once('error', refused);
    socket.bind({ address: at.host, port: at.port, exclusive: true }, () => {
      socket.off('error', refused);
      socket.on('error', (error) => {
        receiver.onFault(reasonOf(error));
      });
      widen((size) => socket.setRecvBufferSize(size), buffers.receiveBufferBytes);
      widen((size) => socket.setSendBufferSize(size), buffers.sendBufferBytes);
      gather(socket, receiver);
      const { address, port } = socket.address();
      resolve(ok(datagramSocket(socket, { host: address, port })));
    });
  });

/** Asks for ever less until the system agrees. */
function widen(set: (size: number) => void, wanted: number): void {
  for (let size = wanted; size >= bufferBytesMin; size = Math.floor(size / 2)) {
    try {
      set(size);
      return;
    } catch {
      // The system allows less: ask for half.
    }
  }
}

/**
 * Collects what one poll phase delivers (up to 32 datagrams) and hands it over in the check phase right after it. Measured
 * against handing over one by one: 15.0 against 17.4 µs for a receive and a send under load, equal when idle.
 */
function gather(socket: Socket, receiver: DatagramReceiver): void {
  let batch: Datagram[] = [];
  const handOver = (): void => {
    const full = batch;
    batch = [];
    receiver.onBatch(full);
  };
  socket.on('message', (bytes, sender) => {
    if (receiver.admits?.(sender.address, sender.port) === false) {
      receiver.onDropped?.(1);
      return;
    }
    if (batch.length === 0) setImmediate(handOver);
    batch.push({ bytes, from: { host: sender.address, port: sender.port } });
  });
}

function datagramSocket(socket: Socket, local: Address): DatagramSocket {
  let open = true;
  return {
    local,
    get open() {
      return open;
    },
    send(bytes, to, onFailure) {
      if (!open || !isPort(to.port)) {
        if (onFailure !== undefined) queueMicrotask(() => onFailure(open ? 'EINVAL' : 'socket closed'));
        return;
      }
      if (onFailure === undefined) {
        socket.send(bytes, to.port, to.host);
        return;
      }
      socket.send(bytes, to.port, to.host, (error) => {
        if (error !== null) onFailure(reasonOf(error));
      });
    },
    close: () =>
      new Promise((resolve) => {
        if (!open) {
          resolve();
          return;
        }
        open = false;
        socket.close(resolve);
      }),
  };
}
