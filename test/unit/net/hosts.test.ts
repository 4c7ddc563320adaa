import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHosts, readHosts } from '../../../net/hosts.ts';

test('reads addresses, names, aliases and comments', () => {
  const hosts = parseHosts(
    '# all\n127.0.0.1 localhost\n10.0.0.1\tPBX.example pbx # ours\n::1 pbx\n10.0.0.1 pbx\nnonsense line\n\n',
  );
  assert.deepEqual(hosts.get('pbx.example'), ['10.0.0.1']);
  assert.deepEqual(hosts.get('pbx'), ['10.0.0.1', '::1']);
  assert.equal(hosts.has('line'), false);
});

test('localhost is loopback whatever the file says (RFC 6761 §6.3)', () => {
  assert.deepEqual(parseHosts('203.0.113.1 localhost').get('localhost'), ['127.0.0.1', '::1']);
});

test('a machine without the file still knows localhost', () => {
  assert.deepEqual([...readHosts('/nonexistent/hosts').keys()], ['localhost']);
});
