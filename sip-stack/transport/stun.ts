import { crc32 } from 'node:zlib';
import { addressBytes } from '../../net/cidr.ts';
import type { Peer } from '../flow.ts';

/** Types of messages and attributes (RFC 5389 §18.1, §18.2). */
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;
const errorCode = 0x0009;
const unknownAttributes = 0x000a;
const xorMappedAddress = 0x0020;
const fingerprint = 0x8028;

const magicCookie = 0x2112_a442;
const headerBytes = 20;
const fingerprintBytes = 8;
/** XORed onto the check sum (RFC 5389 §15.5). */
const fingerprintMask = 0x5354_554e;

/** Attributes that have to be understood, and are, though a Binding request on a SIP port needs none of them (RFC 5389 §7.3). */
const understood = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x0020]);
/** Attributes that one answer names; a request that holds more of them is told of these. */
const unknownMax = 8;

/** What a request carries that the answer depends on. */
interface Binding {
  readonly unknown: readonly number[];
  readonly fingerprinted: boolean;
}

/** STUN starts with two zero bits, its Binding method with a 0 or 1; SIP with a letter (RFC 5626 §8). */
export const isStun = (bytes: Buffer): boolean => bytes.length >= headerBytes && (bytes[0] ?? 0xff) < 2;

/**
 * The answer to a STUN Binding request: the address it came from, so that the client learns when its NAT binding changes
 * (RFC 5626 §8, RFC 5389 §7.3.1). Asked again, it is answered again: nothing is kept.
 *
 * @returns undefined for everything else, which is dropped without a word (RFC 5389 §7.3)
 */
export function answerStun(bytes: Buffer, from: Peer): Buffer | undefined {
  const binding = readRequest(bytes);
  const address = addressBytes(from.host);
  if (binding === undefined || address === undefined) return undefined;
  const { unknown, fingerprinted } = binding;
  const attributes = unknown.length > 0 ? errorAttributes(unknown) : mappedAddress(bytes, address, from.port);
  const tail = fingerprinted ? fingerprintBytes : 0;
  const answer = Buffer.alloc(headerBytes + attributes.length + tail);
  answer.writeUInt16BE(unknown.length > 0 ? bindingError : bindingSuccess, 0);
  answer.writeUInt16BE(attributes.length + tail, 2);
  bytes.copy(answer, 4, 4, headerBytes);
  attributes.copy(answer, headerBytes);
  if (fingerprinted) writeFingerprint(answer);
  return answer;
}

function readRequest(bytes: Buffer): Binding | undefined {
  if (!isStun(bytes) || bytes.readUInt16BE(0) !== bindingRequest || bytes.readUInt32BE(4) !== magicCookie)
    return undefined;
  // Attributes are padded to whole words (RFC 5389 §6).
  if (bytes.readUInt16BE(2) !== bytes.length - headerBytes || bytes.length % 4 !== 0) return undefined;
  const unknown: number[] = [];
  let at = headerBytes;
  while (at < bytes.length) {
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const next = at + 4 + length + ((4 - (length % 4)) % 4);
    if (next > bytes.length) return undefined;
    // It must be the last attribute, and right (RFC 5389 §15.5).
    if (type === fingerprint)
      return next === bytes.length && length === 4 && bytes.readUInt32BE(at + 4) === fingerprintOf(bytes, at)
        ? { unknown, fingerprinted: true }
        : undefined;
    // Below 0x8000 an attribute has to be understood (RFC 5389 §15).
    if (type < 0x8000 && !understood.has(type) && unknown.length < unknownMax) unknown.push(type);
    at = next;
  }
  return { unknown, fingerprinted: false };
}

/** 420 (Unknown Attribute), and which (RFC 5389 §7.3.1, §15.6, §15.9). */
function errorAttributes(unknown: readonly number[]): Buffer {
  const reason = Buffer.from('Unknown Attribute');
  const padded = (length: number): number => Math.ceil(length / 4) * 4;
  const first = 8 + padded(reason.length);
  const attributes = Buffer.alloc(first + 4 + padded(unknown.length * 2));
  attributes.writeUInt16BE(errorCode, 0);
  attributes.writeUInt16BE(4 + reason.length, 2);
  attributes.writeUInt16BE((4 << 8) | 20, 6);
  reason.copy(attributes, 8);
  attributes.writeUInt16BE(unknownAttributes, first);
  attributes.writeUInt16BE(unknown.length * 2, first + 2);
  for (const [index, type] of unknown.entries()) attributes.writeUInt16BE(type, first + 4 + index * 2);
  return attributes;
}

/** XORed with the magic cookie, for IPv6 also with the transaction ID, against NATs that rewrite addresses (RFC 5389 §15.2). */
function mappedAddress(request: Buffer, address: readonly number[], port: number): Buffer {
  const attribute = Buffer.alloc(8 + address.length);
  attribute.writeUInt16BE(xorMappedAddress, 0);
  attribute.writeUInt16BE(4 + address.length, 2);
  attribute.writeUInt8(address.length === 4 ? 1 : 2, 5);
  attribute.writeUInt16BE(port ^ (magicCookie >>> 16), 6);
  for (const [index, byte] of address.entries()) attribute.writeUInt8(byte ^ (request[4 + index] ?? 0), 8 + index);
  return attribute;
}

/** The check sum over what stands before the attribute (RFC 5389 §15.5). */
const fingerprintOf = (bytes: Buffer, end: number): number => (crc32(bytes.subarray(0, end)) ^ fingerprintMask) >>> 0;

function writeFingerprint(answer: Buffer): void {
  const at = answer.length - fingerprintBytes;
  answer.writeUInt16BE(fingerprint, at);
  answer.writeUInt16BE(4, at + 2);
  answer.writeUInt32BE(fingerprintOf(answer, at), at + 4);
}
