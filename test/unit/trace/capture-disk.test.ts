import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fail } from '../../../kernel/result.ts';
import { captureDisk, captureFile } from '../../../trace/capture-disk.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'pharos-capture-'));
  t.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

test('a new file is for its owner alone and grows by what is appended', async (t) => {
  const path = join(folder(t), 'c.pcapng');
  const file = await captureDisk.create(path);
  assert.ok(file.ok);
  assert.ok((await file.value.append(Buffer.from('one'))).ok);
  assert.ok((await file.value.append(Buffer.from('two'))).ok);
  assert.equal(file.value.bytes, 6);
  await file.value.close();
  assert.equal(readFileSync(path, 'latin1'), 'onetwo');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file or link that is there is not written through', async (t) => {
  const at = folder(t);
  writeFileSync(join(at, 'other'), 'kept');
  symlinkSync(join(at, 'other'), join(at, 'c.pcapng'));
  assert.deepEqual(await captureDisk.create(join(at, 'c.pcapng')), fail('EEXIST'));
  assert.equal(readFileSync(join(at, 'other'), 'latin1'), 'kept');
});

test('files are put aside by age, and the oldest goes', async (t) => {
  const path = join(folder(t), 'c.pcapng');
  for (const text of ['first', 'second', 'third', 'fourth']) {
    assert.ok((await captureDisk.putAside(path, 3)).ok);
    assert.equal(existsSync(path), false);
    writeFileSync(path, text);
  }
  const texts = [path, `${path}.1`, `${path}.2`].map((name) => readFileSync(name, 'latin1'));
  assert.deepEqual(texts, ['fourth', 'third', 'second']);
  assert.equal(existsSync(`${path}.3`), false);
  assert.ok((await captureDisk.putAside(path, 1)).ok);
  assert.equal(existsSync(path), false, 'of one file kept, the one there is goes');
});

test('what the system refuses is told by its code', async (t) => {
  const at = folder(t);
  assert.deepEqual(await captureDisk.create(join(at, 'no', 'c.pcapng')), fail('ENOENT'));
  writeFileSync(join(at, 'file'), '');
  const aside = await captureDisk.putAside(join(at, 'file', 'c.pcapng'), 2);
  assert.equal(aside.ok, false);
});

test('a file on a full disk takes nothing of what does not fit', { skip: !existsSync('/dev/full') }, async () => {
  const handle = await open('/dev/full', 'w');
  const file = captureFile(handle);
  assert.deepEqual(await file.append(Buffer.from('x')), fail('ENOSPC'));
  assert.equal(file.bytes, 0);
  await file.close();
});
