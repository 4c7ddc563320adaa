import { endsOf } from './packet.ts';
import type { TracedMessage } from './traced-message.ts';

/** Chunk types of HEP version 3 (revision 12, §"Generic chunks"); those of the vendor 0. */
const ipFamily = 0x0001;
const ipProtocol = 0x0002;
const sourceFour = 0x0003;
const destinationFour = 0x0004;
const sourceSix = 0x0005;
const destinationSix = 0x0006;
const sourcePort = 0x0007;
const destinationPort = 0x0008;
const timeSeconds = 0x0009;
const timeMicroseconds = 0x000a;
const protocolType = 0x000b;
const captureId = 0x000c;
const authKey = 0x000e;
const payload = 0x000f;
const correlationId = 0x0011;

const familyFour = 0x02;
const familySix = 0x0a;
const protocolUdp = 17;
const protocolTcp = 6;
const typeSip = 1;

/** `HEP3` and the length of it all. */
const headBytes = 6;
const chunkHeadBytes = 6;
/** Most bytes that leave in one datagram. */
const packetBytesMax = 65_507;
/** Longest Call-ID told; what is longer is cut. */
const correlationBytesMax = 512;

export interface HepSender {
  readonly nodeId: number;
  /** '' for none. */
  readonly password: string;
}

/**
 * One message as a HEP3 packet.
 *
 * @param bytes the message, or its copy without secrets; its end is cut off when it does not fit
 */
export function encodeHep(message: TracedMessage, bytes: Buffer, sender: HepSender): Buffer {
  const ends = endsOf(message.source, message.destination);
  const isFour = ends.source.length === 4;
  const password = Buffer.from(sender.password);
  const callId = Buffer.from(message.reading.callId.slice(0, correlationBytesMax), 'latin1');
  const optional = chunkBytes(password.length) + chunkBytes(callId.length);
  const fixed = headBytes + 11 * chunkHeadBytes + 1 + 1 + 2 * ends.source.length + 2 + 2 + 4 + 4 + 1 + 4;
  const carried = Math.min(bytes.length, packetBytesMax - fixed - optional);
  const packet = Buffer.allocUnsafe(fixed + optional + carried);
  packet.write('HEP3', 0, 'latin1');
  packet.writeUInt16BE(packet.length, 4);
  let at = headBytes;
  const begin = (type: number, length: number): number => {
    packet.writeUInt16BE(0, at);
    packet.writeUInt16BE(type, at + 2);
    packet.writeUInt16BE(chunkHeadBytes + length, at + 4);
    const valueAt = at + chunkHeadBytes;
    at = valueAt + length;
    return valueAt;
  };
  packet.writeUInt8(isFour ? familyFour : familySix, begin(ipFamily, 1));
  packet.writeUInt8(message.transport.reliable ? protocolTcp : protocolUdp, begin(ipProtocol, 1));
  packet.set(ends.source, begin(isFour ? sourceFour : sourceSix, ends.source.length));
  packet.set(ends.destination, begin(isFour ? destinationFour : destinationSix, ends.destination.length));
  packet.writeUInt16BE(ends.sourcePort & 0xffff, begin(sourcePort, 2));
  packet.writeUInt16BE(ends.destinationPort & 0xffff, begin(destinationPort, 2));
  packet.writeUInt32BE(Math.floor(message.at / 1000), begin(timeSeconds, 4));
  packet.writeUInt32BE(Math.floor((message.at % 1000) * 1000), begin(timeMicroseconds, 4));
  packet.writeUInt8(typeSip, begin(protocolType, 1));
  packet.writeUInt32BE(sender.nodeId, begin(captureId, 4));
  if (password.length > 0) packet.set(password, begin(authKey, password.length));
  if (callId.length > 0) packet.set(callId, begin(correlationId, callId.length));
  bytes.copy(packet, begin(payload, carried), 0, carried);
  return packet;
}

const chunkBytes = (length: number): number => (length === 0 ? 0 : chunkHeadBytes + length);
