import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatagramSocket } from '../../../net/datagram-node.ts';
import { createChooseBackend } from '../../../net/datagram-open.ts';
import { loadSocketCalls } from '../../../net/libc.ts';
import { fail } from '../../../kernel/result.ts';

const real = await loadSocketCalls();

test('auto is batched where the machine can, and loads but once', { skip: real.ok ? false : real.fault }, async () => {
  let loads = 0;
  const choose = createChooseBackend(() => {
    loads += 1;
    return Promise.resolve(real);
  });
  const [auto, batched] = [await choose('auto'), await choose('batched')];
  assert.ok(auto.ok && batched.ok);
  assert.equal(auto.value.open, batched.value.open);
  assert.notEqual(auto.value.open, openDatagramSocket);
  assert.equal(auto.value.lacking, undefined);
  assert.equal(loads, 1);
});

test('auto falls back to node and says why; batched refuses', async () => {
  const choose = createChooseBackend(() => Promise.resolve(fail('no recvmmsg on darwin arm64')));
  assert.deepEqual(await choose('auto'), {
    ok: true,
    value: { open: openDatagramSocket, lacking: 'no recvmmsg on darwin arm64' },
  });
  assert.deepEqual(await choose('batched'), { ok: false, fault: 'no recvmmsg on darwin arm64' });
});

test('node loads nothing', async () => {
  const choose = createChooseBackend(() => assert.fail('loaded'));
  assert.deepEqual(await choose('node'), { ok: true, value: { open: openDatagramSocket } });
});
