import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { loadSocketCalls } from '../../../net/libc.ts';
import type { SocketNames } from '../../../net/socket-names.ts';
import { createSocketNames } from '../../../net/socket-names.ts';

const real = await loadSocketCalls();
const skip = real.ok ? false : real.fault;

function names(): SocketNames {
  assert.ok(real.ok);
  return createSocketNames(real.value);
}

const words = new Int32Array(16);

test('writes a sockaddr_in and a sockaddr_in6 as the system wants them', { skip }, () => {
  const bytes = new Uint8Array(words.buffer);
  assert.equal(names().write(words, 0, 4, { host: '192.0.2.255', port: 5060 }), 16);
  assert.deepEqual([...bytes.subarray(0, 8)], [2, 0, 0x13, 0xc4, 192, 0, 2, 255]);
  assert.equal(names().write(words, 8, 6, { host: '2001:db8::1', port: 5061 }), 28);
  assert.deepEqual([...bytes.subarray(32, 44)], [10, 0, 0x13, 0xc5, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8]);
  assert.deepEqual([...bytes.subarray(44, 60)], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
});

test('reads what it wrote, every address in its one spelling (RFC 5952)', { skip }, () => {
  const both = names();
  for (const host of ['0.0.0.0', '127.0.0.1', '255.255.255.255', '::', '::1', '2001:db8::ff00:0:1', 'fe80::1']) {
    for (const port of [1, 255, 256, 5060, 65_535]) {
      assert.ok(both.write(words, 4, host.includes(':') ? 6 : 4, { host, port }) > 0);
      assert.deepEqual(both.read(words, 4), { host, port });
    }
  }
  both.write(words, 0, 6, { host: '2001:DB8:0:0:0:0:0:1', port: 5060 });
  assert.deepEqual(both.read(words, 0), { host: '2001:db8::1', port: 5060 });
});

test('a link-local address carries its interface', { skip }, () => {
  const [zone = assert.fail('no interface')] = Object.keys(networkInterfaces());
  const both = names();
  both.write(words, 0, 6, { host: `fe80::2%${zone}`, port: 5060 });
  assert.ok((words[6] ?? 0) > 0);
  assert.deepEqual(both.read(words, 0), { host: `fe80::2%${zone}`, port: 5060 });
  both.write(words, 0, 6, { host: 'fe80::2%4242', port: 5060 });
  assert.deepEqual(both.read(words, 0), { host: 'fe80::2%4242', port: 5060 });
});

test('refuses what is no address of the family, every time', { skip }, () => {
  const both = names();
  for (const host of ['::1', 'localhost', '', '1.2.3', '127.0.0.1%lo', '1.2.3.4\0']) {
    assert.equal(both.write(words, 0, 4, { host, port: 5060 }), 0);
    assert.equal(both.write(words, 0, 4, { host, port: 5060 }), 0);
  }
  assert.equal(both.write(words, 0, 6, { host: '127.0.0.1', port: 5060 }), 0);
});

test('stays right when more hosts come than are remembered', { skip }, () => {
  const both = names();
  for (let count = 0; count < limits.peersRememberedMax + 10; count += 1) {
    const host = `10.1.${String(count >> 8)}.${String(count & 255)}`;
    both.write(words, 0, 4, { host, port: 1 });
    assert.equal(both.read(words, 0).host, host);
  }
});
