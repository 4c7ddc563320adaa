import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { firstValueEnd, parseVia, topViaText, viasHold } from '../../../../sip-stack/wire/via.ts';
import { valueOf } from './support.ts';

test('reads a Via value (RFC 3261 §20.42)', () => {
  const via = valueOf(parseVia('SIP/2.0/UDP Host.Example.com:5061;branch=z9hG4bKx;rport;received=192.0.2.1'));
  assert.equal(via.transport, 'UDP');
  assert.equal(via.host, 'host.example.com');
  assert.equal(via.port, 5061);
  assert.equal(via.branch, 'z9hG4bKx');
  assert.equal(via.hasRport, true);
  assert.equal(via.params.get('received'), '192.0.2.1');
});

test('white space stands where the grammar allows it (RFC 4475 §3.1.1.1)', () => {
  const via = valueOf(parseVia('SIP  /    2.0   / tcp  192.168.255.111 : 5060  ; branch= z9hG4bK30239'));
  assert.deepEqual([via.transport, via.host, via.port, via.branch], ['TCP', '192.168.255.111', 5060, 'z9hG4bK30239']);
});

test('IPv6 in sent-by and, with and without brackets, in received (RFC 5118 §4.5)', () => {
  for (const received of ['[2001:db8::9:255]', '2001:db8::9:255']) {
    const via = valueOf(parseVia(`SIP/2.0/UDP [2001:db8::9:1]:6050;received=${received};branch=z9hG4bKa`));
    assert.deepEqual([via.host, via.port, via.params.get('received')], ['[2001:db8::9:1]', 6050, received]);
  }
});

test('any transport and version can be read (RFC 4475 §3.1.1.10, §3.1.2.16)', () => {
  assert.equal(valueOf(parseVia('SIP/2.0/UNKNOWN t4.example.com')).transport, 'UNKNOWN');
  assert.equal(valueOf(parseVia('SIP/7.0/UDP c.example.com')).transport, 'UDP');
  assert.equal(valueOf(parseVia('SIP/2.0/ws df7jal.invalid;branch=x')).transport, 'WS');
});

test('rport is told with and without value, and not from what only begins so (RFC 3581 §3)', () => {
  const has = (params: string): boolean => valueOf(parseVia(`SIP/2.0/UDP h;${params}`)).hasRport;
  assert.deepEqual(
    [has('rport'), has('RPORT=5060'), has('x;rport ;y'), has('rportx'), has('xrport')],
    [true, true, true, false, false],
  );
});

test('the branch is read from every form of parameters', () => {
  const branch = (params: string): string | undefined => valueOf(parseVia(`SIP/2.0/UDP h;${params}`)).branch;
  assert.equal(branch('x="a,b";branch=b1'), 'b1');
  assert.equal(branch('BRANCH=b1;branch=b2'), 'b1');
  assert.equal(branch('branch'), undefined);
  assert.equal(branch('branch='), undefined);
  assert.equal(branch('branchx=1'), undefined);
});

test('refuses what is no Via (RFC 4475 §3.1.2.1)', () => {
  const bad = [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0 h',
    'SIP/2.0/UDP h:x',
    'SIP/2.0/UDP h:70000',
    'SIP/2.0/UDP 192.0.2.15;;,;,,',
    'SIP/2.0/UDP h;a="b',
    'SIP/2.0/UDP user@h',
    'SIP/2.0/UDP h, SIP/2.0/UDP i',
    'SIP/2.0/UDPh',
    'SIP/2.0/UDP [::1',
  ];
  for (const text of bad) assert.ok(!parseVia(text).ok, text);
});

test('the topmost value is told from those below', () => {
  const top = (line: string): string | undefined => topViaText({ first: () => line });
  assert.equal(top('SIP/2.0/UDP a;x="1,\\",2" , SIP/2.0/UDP b'), 'SIP/2.0/UDP a;x="1,\\",2" ');
  assert.equal(top('SIP/2.0/UDP a,SIP/2.0/UDP b'), 'SIP/2.0/UDP a');
  assert.equal(top('SIP/2.0/UDP a'), 'SIP/2.0/UDP a');
  assert.equal(topViaText({ first: () => undefined }), undefined);
  assert.equal(firstValueEnd('a,"b'), 1);
  assert.equal(firstValueEnd('"b,c'), 4);
});

test('a Via line holds when each of its values does, up to the bound', () => {
  const many = (count: number): string => Array.from({ length: count }, () => 'SIP/2.0/UDP h').join();
  assert.ok(viasHold('SIP/2.0/UDP h, SIP/2.0/TCP i;branch=x'));
  assert.ok(!viasHold('SIP/2.0/UDP h,'));
  assert.ok(viasHold(many(limits.headerValuesMax)));
  assert.ok(!viasHold(many(limits.headerValuesMax + 1)));
});
