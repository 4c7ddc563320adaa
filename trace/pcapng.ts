import type { Ends } from './packet.ts';
import { datagramPayloadMax, endsOf, packetHeaderBytes, writePacketHeaders } from './packet.ts';
import { maskSecrets } from './secrets.ts';
import type { TracedMessage } from './traced-message.ts';

/** Block types, link types and option codes of the format (draft-ietf-opsawg-pcapng §4). */
const sectionHeader = 0x0a0d0d0a;
const interfaceDescription = 1;
const enhancedPacket = 6;
const byteOrderMagic = 0x1a2b3c4d;
const linkRaw = 101;
const linkUpperProtocol = 252;
const optionComment = 1;
const optionFlags = 2;
const optionUserApplication = 4;
const optionInterfaceName = 2;
/** What Wireshark takes as the most bytes of one packet. */
const snapLength = 262_144;

/** The two interfaces of the file. */
const asDatagrams = 0;
const asMessages = 1;

/** Names of the tags by which Wireshark is told what a message without a packet around it is. */
const tagProtocol = 12;
const tagsOfFour = [20, 21] as const;
const tagsOfSix = [22, 23] as const;
const tagPortType = 24;
const tagSourcePort = 25;
const tagDestinationPort = 26;
const portTypeTcp = 2;
const protocolName = 'sip';

/**
 * What a capture file begins with: its section, and two interfaces. On the first, messages are UDP datagrams with headers made
 * by us, whatever carried them; on the second are those too large for a datagram, by Wireshark's own "exported PDU".
 */
export function captureStart(application: string): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(byteOrderMagic, 0);
  section.writeUInt16LE(1, 4);
  // The length of the section is not known beforehand: -1.
  section.fill(0xff, 8);
  return Buffer.concat([
    block(sectionHeader, section, [[optionUserApplication, Buffer.from(application)]]),
    interfaceBlock(linkRaw, 'sip'),
    interfaceBlock(linkUpperProtocol, 'sip, too large for a datagram'),
  ]);
}

function interfaceBlock(linkType: number, name: string): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(linkType, 0);
  fixed.writeUInt32LE(snapLength, 4);
  return block(interfaceDescription, fixed, [[optionInterfaceName, Buffer.from(name)]]);
}

function block(type: number, fixed: Buffer, options: readonly (readonly [code: number, value: Buffer])[]): Buffer {
  const length = 12 + fixed.length + options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(length, 4);
  fixed.copy(bytes, 8);
  let at = 8 + fixed.length;
  for (const [code, value] of options) {
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt16LE(value.length, at + 2);
    value.copy(bytes, at + 4);
    at += 4 + padded(value.length);
  }
  bytes.writeUInt32LE(length, length - 4);
  return bytes;
}

/** Most bytes that a message of `length` bytes takes in the file. */
export const packetBlockBytesMax = (length: number): number => length + 256;

/**
 * Writes one message as a packet block.
 *
 * @param target has room for `packetBlockBytesMax` bytes from `start` on
 * @returns where the block ends
 */
export function writePacketBlock(target: Buffer, start: number, message: TracedMessage, keepSecrets: boolean): number {
  const ends = endsOf(message.source, message.destination);
  const { bytes } = message;
  const isDatagram = bytes.length <= datagramPayloadMax;
  const dataAt = start + 28;
  const headBytes = isDatagram ? packetHeaderBytes(ends) : writeTags(target, dataAt, ends);
  const original = headBytes + bytes.length;
  const captured = Math.min(original, snapLength);
  const payloadAt = dataAt + headBytes;
  bytes.copy(target, payloadAt, 0, captured - headBytes);
  if (!keepSecrets) maskSecrets(target.subarray(payloadAt, dataAt + captured));
  if (isDatagram) writePacketHeaders(target, dataAt, ends, bytes.length);

  target.writeUInt32LE(enhancedPacket, start);
  target.writeUInt32LE(isDatagram ? asDatagrams : asMessages, start + 8);
  // Microseconds, the resolution that holds when none is told.
  const microseconds = message.at * 1000;
  target.writeUInt32LE(Math.floor(microseconds / 0x1_0000_0000), start + 12);
  target.writeUInt32LE(microseconds % 0x1_0000_0000, start + 16);
  target.writeUInt32LE(captured, start + 20);
  target.writeUInt32LE(original, start + 24);
  let at = dataAt + captured;
  target.fill(0, at, dataAt + padded(captured));
  at = writeOptions(target, dataAt + padded(captured), message);
  const length = at + 4 - start;
  target.writeUInt32LE(length, start + 4);
  target.writeUInt32LE(length, at);
  return at + 4;
}

/** Whether it came or went, and what carried it when that was not UDP. */
function writeOptions(target: Buffer, from: number, message: TracedMessage): number {
  let at = from;
  target.writeUInt16LE(optionFlags, at);
  target.writeUInt16LE(4, at + 2);
  target.writeUInt32LE(message.direction === 'received' ? 1 : 2, at + 4);
  at += 8;
  const { uriParam, viaToken } = message.transport;
  if (uriParam !== 'udp') {
    const comment = `over ${viaToken}`;
    target.writeUInt16LE(optionComment, at);
    target.writeUInt16LE(comment.length, at + 2);
    target.fill(0, at + 4, at + 4 + padded(comment.length));
    target.write(comment, at + 4, 'latin1');
    at += 4 + padded(comment.length);
  }
  target.writeUInt32LE(0, at);
  return at + 4;
}

/** Protocol and ends of a message without a packet around it; big-endian, as Wireshark writes them. */
function writeTags(target: Buffer, start: number, ends: Ends): number {
  let at = start;
  const tag = (code: number, value: Uint8Array): void => {
    const room = padded(value.length);
    target.writeUInt16BE(code, at);
    target.writeUInt16BE(room, at + 2);
    target.fill(0, at + 4, at + 4 + room);
    target.set(value, at + 4);
    at += 4 + room;
  };
  const [sourceTag, destinationTag] = ends.source.length === 4 ? tagsOfFour : tagsOfSix;
  tag(tagProtocol, Buffer.from(protocolName));
  tag(sourceTag, ends.source);
  tag(destinationTag, ends.destination);
  tag(tagPortType, uint32(portTypeTcp));
  tag(tagSourcePort, uint32(ends.sourcePort));
  tag(tagDestinationPort, uint32(ends.destinationPort));
  tag(0, new Uint8Array(0));
  return at - start;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

const padded = (length: number): number => (length + 3) & ~3;
