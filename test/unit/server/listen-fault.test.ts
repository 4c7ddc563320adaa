import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenFaultSentence } from '../../../server/listen-fault.ts';

test('a port in use is named, with what to do', () => {
  assert.match(
    listenFaultSentence('udp:0.0.0.0:5060: EADDRINUSE'),
    /^Cannot listen on udp port 5060 on 0\.0\.0\.0: another program has it.*--listen udp:0\.0\.0\.0:5070/,
  );
});

test('a right that is missing, an address of elsewhere and a family that is absent have their own sentence', () => {
  assert.match(listenFaultSentence('tcp:0.0.0.0:80: EACCES'), /not allowed to/);
  assert.match(
    listenFaultSentence('tcp:[2001:db8::1]:5060: EADDRNOTAVAIL'),
    /\[2001:db8::1\] is not an address of this machine/,
  );
  assert.match(listenFaultSentence('udp:[::1]:5060: EAFNOSUPPORT'), /no addresses of that kind/);
  assert.match(listenFaultSentence('udp:[::1]:5060: EIO'), /the system says EIO/);
  assert.equal(listenFaultSentence('no address to listen on'), 'Cannot listen: no address to listen on.');
});
