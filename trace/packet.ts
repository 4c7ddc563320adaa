import { limits } from '../kernel/limits.ts';
import { addressBytes } from '../net/cidr.ts';
import type { Peer } from '../sip-stack/flow.ts';

/** Most bytes of a UDP datagram's payload that both IPv4 and IPv6 can carry without options. */
export const datagramPayloadMax = 65_535 - 20 - 8;

const udpProtocol = 17;
const udpHeaderBytes = 8;
const hopLimit = 64;

const known = createBytesOf();

/** The two ends of a packet as bytes, of one family. */
export interface Ends {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** An end that is no numeric address, or of the other family, becomes the unspecified address. */
export function endsOf(source: Peer, destination: Peer): Ends {
  const from = known(source.host);
  const to = known(destination.host);
  const length = Math.max(from.length, to.length);
  return {
    source: from.length === length ? from : new Uint8Array(length),
    destination: to.length === length ? to : new Uint8Array(length),
    sourcePort: source.port,
    destinationPort: destination.port,
  };
}

/** Bytes of the headers before the payload. */
export const packetHeaderBytes = ({ source }: Ends): number => (source.length === 4 ? 20 : 40) + udpHeaderBytes;

/**
 * Writes IP and UDP headers before a payload that already stands at `at + packetHeaderBytes` (RFC 791 §3.1, RFC 8200 §3,
 * RFC 768): the message as a datagram, whatever carried it.
 *
 * @param payloadBytes at most `datagramPayloadMax`
 */
export function writePacketHeaders(target: Buffer, at: number, ends: Ends, payloadBytes: number): void {
  const isFour = ends.source.length === 4;
  const udpAt = at + (isFour ? 20 : 40);
  const udpBytes = udpHeaderBytes + payloadBytes;
  if (isFour) writeIpv4(target, at, ends, udpBytes);
  else writeIpv6(target, at, ends, udpBytes);
  target.writeUInt16BE(ends.sourcePort & 0xffff, udpAt);
  target.writeUInt16BE(ends.destinationPort & 0xffff, udpAt + 2);
  target.writeUInt16BE(udpBytes, udpAt + 4);
  target.writeUInt16BE(0, udpAt + 6);
  // Over IPv4 none may be given (RFC 768); over IPv6 there must be one (RFC 8200 §8.1).
  if (!isFour) target.writeUInt16BE(udpChecksum(target, udpAt, ends, udpBytes), udpAt + 6);
}

function writeIpv4(target: Buffer, at: number, { source, destination }: Ends, udpBytes: number): void {
  target.writeUInt16BE(0x4500, at);
  target.writeUInt16BE(20 + udpBytes, at + 2);
  target.writeUInt32BE(0, at + 4);
  target[at + 8] = hopLimit;
  target[at + 9] = udpProtocol;
  target.writeUInt16BE(0, at + 10);
  target.set(source, at + 12);
  target.set(destination, at + 16);
  target.writeUInt16BE(complement(sumOf(target, at, at + 20, 0)), at + 10);
}

function writeIpv6(target: Buffer, at: number, { source, destination }: Ends, udpBytes: number): void {
  target.writeUInt32BE(0x6000_0000, at);
  target.writeUInt16BE(udpBytes, at + 4);
  target[at + 6] = udpProtocol;
  target[at + 7] = hopLimit;
  target.set(source, at + 8);
  target.set(destination, at + 24);
}

/** Over the pseudo-header and the datagram; zero is sent as all ones (RFC 8200 §8.1). */
function udpChecksum(target: Buffer, udpAt: number, { source }: Ends, udpBytes: number): number {
  const addresses = sumOf(target, udpAt - 2 * source.length, udpAt, udpProtocol + udpBytes);
  const checksum = complement(sumOf(target, udpAt, udpAt + udpBytes, addresses));
  return checksum === 0 ? 0xffff : checksum;
}

/** Sum of 16-bit words (RFC 1071); of 65,535 bytes at most, so that it stays a small number. */
function sumOf(bytes: Buffer, from: number, to: number, start: number): number {
  let sum = start;
  let at = from;
  for (; at + 1 < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return at < to ? sum + ((bytes[at] ?? 0) << 8) : sum;
}

function complement(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

/** Reads each address once: peers repeat (limits.peersRememberedMax). */
function createBytesOf(): (host: string) => Uint8Array {
  const read = new Map<string, Uint8Array>();
  return (host) => {
    const found = read.get(host);
    if (found !== undefined) return found;
    const bytes = Uint8Array.from(addressBytes(host) ?? [0, 0, 0, 0]);
    if (read.size >= limits.peersRememberedMax) read.clear();
    read.set(host, bytes);
    return bytes;
  };
}
