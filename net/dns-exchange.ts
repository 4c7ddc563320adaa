import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Address } from './address.ts';
import { familyOf } from './address.ts';
import { reasonOf } from './reason.ts';

/** A question under way to one server, over one socket of its own. */
export interface Exchange {
  /** Closes the socket; its listener hears nothing more. */
  close(): void;
}

/** Hears what comes of it; never called before the function that began the exchange has returned. */
export interface ExchangeListener {
  /** Bytes from that very server; over UDP there may be more to come. */
  onReply(bytes: Buffer): void;
  onFailure(reason: string): void;
}

/**
 * Over UDP, from a port that the system chooses anew for each question, so that neither the id alone nor the port alone lets
 * a stranger answer (RFC 5452 §9.2). The socket is connected: the system drops what comes from any other address.
 */
export function exchangeDatagrams(server: Address, question: Buffer, listener: ExchangeListener): Exchange {
  const socket = createSocket(familyOf(server.host) === 6 ? 'udp6' : 'udp4');
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    socket.close();
  };
  const fail = (error: Error): void => {
    if (open) listener.onFailure(reasonOf(error));
  };
  socket.on('error', fail);
  socket.on('message', (bytes) => {
    if (open) listener.onReply(bytes);
  });
  socket.connect(server.port, server.host, () => {
    if (open) socket.send(question);
  });
  return { close };
}

/** Over TCP: each message after its length in two bytes (RFC 1035 §4.2.2). One answer is read. */
export function exchangeOnStream(server: Address, question: Buffer, listener: ExchangeListener): Exchange {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.length);
  let open = true;
  let received: Buffer = Buffer.alloc(0);
  const socket = connect(server.port, server.host, () => {
    socket.write(Buffer.concat([length, question]));
  });
  const close = (): void => {
    open = false;
    socket.destroy();
  };
  socket.on('error', (error) => {
    if (open) listener.onFailure(reasonOf(error));
  });
  socket.on('close', () => {
    if (open) listener.onFailure('connection closed');
  });
  socket.on('data', (bytes: Buffer) => {
    if (!open) return;
    // At most the 65,537 bytes that the length can state, and what came with the last of them.
    received = Buffer.concat([received, bytes]);
    const end = received.length < 2 ? Infinity : 2 + received.readUInt16BE(0);
    if (received.length >= end) listener.onReply(received.subarray(2, end));
  });
  return { close };
}
