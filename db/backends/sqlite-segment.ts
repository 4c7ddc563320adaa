import { closeSync, constants, fstatSync, openSync, readSync, writevSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Durability } from './sqlite-connection.ts';

/**
 * One file of the journal: groups in the order in which they were committed, each with its length and a CRC-32 that begins with the
 * file's serial number. Where the next record does not check, the file ends: zeros of a file that has not grown so far, a write that a
 * crash tore, or a record of the file's earlier life under another serial number.
 *
 *     'PHAROSJ1'  serial  crc of the serial | length  crc  group | length  crc  group | ... | 0
 */
export interface Segment {
  readonly file: string;
  /** Rises from one segment to the next: the order in which they are folded. */
  readonly serial: number;
  /** Bytes of groups. */
  readonly bytes: number;
  /** Appends one group, durable when this returns; throws when the disk does not take it, and nothing is appended then. */
  append(group: Buffer): void;
  /** Every group, oldest first. */
  groups(): Generator<Buffer, void>;
  /** Begins the file anew under another number, its room kept. */
  reuse(serial: number): Segment;
  close(): void;
}

/** How bytes get to the disk; a test puts a full one in its place. */
export type WritePieces = (descriptor: number, pieces: readonly Buffer[], at: number) => void;

const magic = Buffer.from('PHAROSJ1', 'latin1');
const headerBytes = 16;
const recordHeadBytes = 8;
/** Bytes by which a file grows: a write within what it has costs no change of its metadata. */
const growth = Buffer.alloc(4_194_304);
/** Bytes read at once. */
const readBytes = 262_144;

export const writePieces: WritePieces = (descriptor, pieces, at) => {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const written = writevSync(descriptor, pieces, at);
  // Short only when the disk is full or a signal came; the record then does not check, and the next one takes its place.
  if (written !== length) throw new Error(`the disk took ${String(written)} of ${String(length)} bytes`);
};

/** Begins a file that is not there yet. */
export function createSegment(file: string, serial: number, durability: Durability, write = writePieces): Segment {
  const descriptor = openSync(file, flagsOf(durability) | constants.O_CREAT, 0o600);
  return begin(file, descriptor, serial, 0, write);
}

/** With O_DSYNC a write returns when it is on the disk: one call for a commit, not two. */
const flagsOf = (durability: Durability): number =>
  constants.O_RDWR | (durability === 'power-loss' ? constants.O_DSYNC : 0);

/** Opens a file of an earlier run to read and then reuse it; `undefined` when it never was begun in full, and so holds nothing. */
export function openSegment(file: string, durability: Durability, write = writePieces): Segment | undefined {
  const descriptor = openSync(file, flagsOf(durability));
  const header = readAt(descriptor, 0, headerBytes);
  const serial = header.length === headerBytes && header.subarray(0, 8).equals(magic) ? header.readUInt32LE(8) : 0;
  if (serial > 0 && headerOf(serial).equals(header)) return segmentOn(file, descriptor, serial, write);
  closeSync(descriptor);
  return undefined;
}

function headerOf(serial: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32LE(serial, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

function begin(file: string, descriptor: number, serial: number, room: number, write: WritePieces): Segment {
  if (room === 0) write(descriptor, [growth], 0);
  write(descriptor, [headerOf(serial)], 0);
  return segmentOn(file, descriptor, serial, write);
}

function segmentOn(file: string, descriptor: number, serial: number, write: WritePieces): Segment {
  let room = fstatSync(descriptor).size;
  let end = headerBytes;
  const head = Buffer.alloc(recordHeadBytes);
  const pieces: Buffer[] = [head, head];

  return {
    file,
    serial,
    get bytes() {
      return end - headerBytes;
    },
    append(group) {
      const after = end + recordHeadBytes + group.length;
      while (after > room) {
        write(descriptor, [growth], room);
        room += growth.length;
      }
      head.writeUInt32LE(group.length, 0);
      head.writeUInt32LE(crc32(group, serial), 4);
      pieces[1] = group;
      write(descriptor, pieces, end);
      end = after;
    },
    *groups() {
      let at = headerBytes;
      let chunk: Buffer = Buffer.alloc(0);
      let chunkAt = at;
      /** Bytes from `at` on, fewer at the end of the file. */
      const bytesAt = (length: number): Buffer => {
        if (at + length > chunkAt + chunk.length) {
          chunk = readAt(descriptor, at, Math.min(Math.max(length, readBytes), room - at));
          chunkAt = at;
        }
        return chunk.subarray(at - chunkAt, at - chunkAt + length);
      };
      for (;;) {
        const found = bytesAt(recordHeadBytes);
        if (found.length < recordHeadBytes) return;
        const [length, checksum] = [found.readUInt32LE(0), found.readUInt32LE(4)];
        if (length === 0 || at + recordHeadBytes + length > room) return;
        const group = bytesAt(recordHeadBytes + length).subarray(recordHeadBytes);
        if (group.length < length || crc32(group, serial) !== checksum) return;
        yield group;
        at += recordHeadBytes + length;
      }
    },
    reuse: (next) => begin(file, descriptor, next, room, write),
    close: () => closeSync(descriptor),
  };
}

function readAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, length));
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, at + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}
