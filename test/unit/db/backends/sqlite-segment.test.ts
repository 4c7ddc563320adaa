import assert from 'node:assert/strict';
import { closeSync, copyFileSync, existsSync, openSync, readdirSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Segment } from '../../../../db/backends/sqlite-segment.ts';
import { createSegment, openSegment, writePieces } from '../../../../db/backends/sqlite-segment.ts';
import { openSegments } from '../../../../db/backends/sqlite-segments.ts';
import { inDirectory } from '../../../support/store-fixture.ts';

const group = (text: string): Buffer => Buffer.from(text, 'latin1');
const textsOf = (segment: Segment | undefined): string[] =>
  [...(segment?.groups() ?? [])].map((each) => each.toString('latin1'));

describe('a segment of the journal', () => {
  it('gives back its groups in order, by the same process and by the next', () =>
    inDirectory((directory) => {
      const file = join(directory, 's');
      const segment = createSegment(file, 7, 'power-loss');
      const groups = ['a', 'b'.repeat(300_000), 'c'.repeat(5_000_000), '', 'd'].filter((text) => text !== '');
      for (const text of groups) segment.append(group(text));
      assert.deepEqual(textsOf(segment), groups);
      segment.close();
      const again = openSegment(file, 'power-loss');
      assert.equal(again?.serial, 7);
      assert.deepEqual(textsOf(again), groups);
    }));

  it('ends before a record that a crash tore, wherever it was torn', () =>
    inDirectory((directory) => {
      const file = join(directory, 's');
      const segment = createSegment(file, 1, 'process-crash');
      segment.append(group('first'));
      const whole = 16 + segment.bytes;
      segment.append(group('second'.repeat(20)));
      segment.close();
      for (let cut = whole; cut < whole + 8 + 120; cut += 1) {
        const torn = join(directory, `torn-${String(cut)}`);
        copyFileSync(file, torn);
        if (cut % 2 === 0) truncateSync(torn, cut);
        else overwrite(torn, cut, Buffer.alloc(128));
        assert.deepEqual(textsOf(openSegment(torn, 'process-crash')), ['first'], `torn at ${String(cut)}`);
      }
    }));

  it('does not take records of its earlier life for its own, where the new ones end exactly before one', () =>
    inDirectory((directory) => {
      const file = join(directory, 's');
      const first = createSegment(file, 1, 'process-crash');
      for (const text of ['old-1', 'old-2', 'old-3']) first.append(group(text));
      const second = first.reuse(2);
      assert.deepEqual(textsOf(second), []);
      second.append(group('new-1'));
      assert.deepEqual(textsOf(second), ['new-1']);
      second.close();
      assert.deepEqual(textsOf(openSegment(file, 'process-crash')), ['new-1']);
    }));

  it('writes a group over the one that the disk did not take', () =>
    inDirectory((directory) => {
      let broken = false;
      const segment = createSegment(join(directory, 's'), 1, 'process-crash', (descriptor, pieces, at) => {
        if (broken) {
          writePieces(descriptor, pieces.slice(0, 1), at);
          throw new Error('EIO');
        }
        writePieces(descriptor, pieces, at);
      });
      segment.append(group('a'));
      broken = true;
      assert.throws(() => segment.append(group('lost')), /EIO/);
      assert.deepEqual(textsOf(segment), ['a']);
      broken = false;
      segment.append(group('b'));
      assert.deepEqual(textsOf(segment), ['a', 'b']);
    }));

  it('has its room before it has groups, so that a commit changes no metadata of the file', () =>
    inDirectory((directory) => {
      const file = join(directory, 's');
      const segment = createSegment(file, 1, 'process-crash');
      const before = statSync(file).size;
      for (let at = 0; at < 100; at += 1) segment.append(group('x'.repeat(1000)));
      assert.ok(before > 1_000_000);
      assert.equal(statSync(file).size, before);
      segment.close();
    }));
});

describe('the segments of a database', () => {
  it('are found again by the next process, oldest first, also with numbers of several digits', () =>
    inDirectory((directory) => {
      const database = join(directory, 'pharos.sqlite');
      const segments = openSegments(database, 'process-crash');
      for (let at = 1; at <= 11; at += 1) {
        segments.append(group(`g${String(at)}`));
        segments.turn();
      }
      assert.deepEqual(
        openSegments(database, 'process-crash').full.flatMap(textsOf),
        Array.from({ length: 11 }, (_, at) => `g${String(at + 1)}`),
      );
    }));

  it('serve again once released, one of them, and are gone after a polite close', () =>
    inDirectory((directory) => {
      const database = join(directory, 'pharos.sqlite');
      const segments = openSegments(database, 'process-crash');
      const files = (): string[] => readdirSync(directory).sort();
      for (const text of ['a', 'b', 'c']) {
        segments.append(group(text));
        segments.turn();
      }
      for (const segment of segments.full) segments.release(segment);
      assert.deepEqual(files(), ['pharos.sqlite-changes-1']);
      segments.append(group('d'));
      assert.deepEqual(files(), ['pharos.sqlite-changes-1']);
      segments.turn();
      assert.deepEqual(
        segments.full.map((each) => [each.serial, ...textsOf(each)]),
        [[4, 'd']],
      );
      segments.close();
      assert.deepEqual(openSegments(database, 'process-crash').full.flatMap(textsOf), ['d']);
    }));

  it('pass over a file that was killed while it was begun, and files of other names', () =>
    inDirectory((directory) => {
      const database = join(directory, 'pharos.sqlite');
      for (const name of ['-changes-3', '-changes-old', '-changes-']) {
        overwrite(`${database}${name}`, 0, Buffer.alloc(100));
      }
      assert.deepEqual(openSegments(database, 'process-crash').full, []);
      assert.equal(existsSync(`${database}-changes-3`), false);
      assert.equal(existsSync(`${database}-changes-old`), true);
    }));
});

function overwrite(file: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(file, existsSync(file) ? 'r+' : 'w');
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}
