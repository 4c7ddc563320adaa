import { closeSync, fsyncSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Durability } from './sqlite-connection.ts';
import type { Segment, WritePieces } from './sqlite-segment.ts';
import { createSegment, openSegment, writePieces } from './sqlite-segment.ts';

/** The files of the journal beside the database: `pharos.sqlite-changes-1` and so on; one is written, full ones wait to be folded. */
export interface Segments {
  /** Bytes in the one that is written. */
  readonly bytes: number;
  /** Those that are not written any more, oldest first. */
  readonly full: readonly Segment[];
  /** As `Segment.append`, to the one that is written, which is begun if there is none. */
  append(group: Buffer): void;
  /** Ends the one that is written, if it holds anything. */
  turn(): void;
  /** What it held is in the tables for good: its file serves again. */
  release(segment: Segment): void;
  /** Removes the files whose groups are in the tables; the others stay for the next start. */
  close(): void;
}

/** Opens what is left of an earlier run; makes no file before there is something to write. */
export function openSegments(database: string, durability: Durability, write: WritePieces = writePieces): Segments {
  const prefix = `${database}-changes-`;
  let full = database === ':memory:' ? [] : leftOver(prefix, durability, write);
  let current: Segment | undefined;
  let spare: Segment | undefined;
  let serial = full.at(-1)?.serial ?? 0;

  const next = (): Segment => {
    serial += 1;
    const reused = spare;
    spare = undefined;
    if (reused !== undefined) return reused.reuse(serial);
    const begun = createSegment(`${prefix}${String(serial)}`, serial, durability, write);
    if (durability === 'power-loss') syncFile(dirname(database));
    return begun;
  };
  const remove = (segment: Segment): void => {
    segment.close();
    unlinkSync(segment.file);
  };

  return {
    get bytes() {
      return current?.bytes ?? 0;
    },
    get full() {
      return full;
    },
    append(group) {
      current ??= next();
      current.append(group);
    },
    turn() {
      if (current === undefined || current.bytes === 0) return;
      full = [...full, current];
      current = undefined;
    },
    release(segment) {
      full = full.filter((each) => each !== segment);
      if (spare === undefined) spare = segment;
      else remove(segment);
    },
    close() {
      if (spare !== undefined) remove(spare);
      if (current?.bytes === 0) remove(current);
      else current?.close();
      for (const segment of full) segment.close();
    },
  };
}

/** Makes what was written to a file, or what was made in a directory, survive a loss of power. */
export function syncFile(name: string): void {
  const descriptor = openSync(name, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function leftOver(prefix: string, durability: Durability, write: WritePieces): readonly Segment[] {
  const directory = dirname(prefix);
  const found: Segment[] = [];
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(basename(prefix)) || !/^\d+$/.test(name.slice(basename(prefix).length))) continue;
    const file = join(directory, name);
    const segment = openSegment(file, durability, write);
    // Killed while the file was being begun: nothing in it was ever acknowledged.
    if (segment === undefined) unlinkSync(file);
    else found.push(segment);
  }
  return found.sort((one, other) => one.serial - other.serial);
}
