import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import type { TraceFilter, TraceWish } from '../../../trace/filter.ts';
import { createTraceFilter } from '../../../trace/filter.ts';
import { sipText, traced } from '../../support/traced.ts';

function filter(wish: TraceWish): TraceFilter {
  const made = createTraceFilter(wish);
  assert.ok(made.ok);
  return made.value;
}

const invite = (): ReturnType<typeof traced> => traced({ text: sipText() });

test('without a wish everything is shown, what is no message too', () => {
  assert.equal(filter({})(invite()), true);
  assert.equal(filter({})(traced({ text: 'nonsense' })), true);
});

test('a user is meant in From, To, Request-URI, Contact and the identities (RFC 3325 §9.1)', () => {
  const named: readonly string[] = [
    sipText({ from: '<sip:carol@EXAMPLE.org:5061;x>;tag=a' }),
    sipText({ to: 'sip:%63arol@example.org' }),
    sipText({ start: 'INVITE sip:carol@example.org SIP/2.0' }),
    sipText({ headers: ['P-Asserted-Identity: <tel:+1>, "C" <sip:carol@example.org>'] }),
    sipText({ headers: ['P-Preferred-Identity: <sips:carol@example.org>'] }),
    sipText({ headers: ['Contact: <sip:carol@example.org>'] }),
  ];
  for (const text of named) {
    assert.equal(filter({ user: 'carol@example.org' })(traced({ text })), true, text);
    assert.equal(filter({ user: 'sip:carol@example.org' })(traced({ text })), true, text);
    assert.equal(filter({ user: 'carol' })(traced({ text })), true, text);
    assert.equal(filter({ user: 'carol@example.net' })(traced({ text })), false, text);
  }
  assert.equal(filter({ user: 'carol' })(invite()), false);
  const contact = sipText({ headers: ['Contact: <sip:carol@192.0.2.7>'] });
  assert.equal(filter({ user: 'carol' })(traced({ text: contact })), true);
  assert.equal(filter({ user: 'carol@example.org' })(traced({ text: contact })), false);
  assert.equal(filter({ user: '+49301' })(traced({ text: sipText({ to: '<tel:+49-30-1>' }) })), true);
});

test('a call once chosen is followed by its Call-ID: answers, and requests of other methods', () => {
  const wanted = filter({ user: 'alice', method: 'invite' });
  const bye = { start: 'BYE sip:x@192.0.2.9 SIP/2.0', cseq: '2 BYE', from: '<sip:y@z>;tag=1', to: '<sip:y@z>' };
  assert.equal(wanted(traced({ text: sipText(bye) })), false);
  assert.equal(wanted(invite()), true);
  assert.equal(wanted(traced({ text: sipText(bye) })), true);
  assert.equal(wanted(traced({ text: sipText({ ...bye, callId: 'other' }) })), false);
  const answer = sipText({ start: 'SIP/2.0 200 OK', cseq: '9 INVITE', callId: 'late' });
  assert.equal(filter({ method: 'REGISTER,INVITE' })(traced({ text: answer })), true, 'the answer tells its method');
  assert.equal(filter({ method: 'REGISTER' })(traced({ text: answer })), false);
});

test('calls remembered are bounded', () => {
  const wanted = filter({ method: 'INVITE' });
  const bye = (callId: string): string => sipText({ start: 'BYE sip:x@y SIP/2.0', cseq: '2 BYE', callId });
  for (let n = 0; n <= limits.traceCallsMax; n += 1) wanted(traced({ text: sipText({ callId: `c${String(n)}` }) }));
  assert.equal(wanted(traced({ text: bye('c0') })), false, 'the first is forgotten');
  assert.equal(wanted(traced({ text: bye('c1') })), true);
});

test('a peer is chosen by address, with or without port, and a call by its Call-ID', () => {
  assert.equal(filter({ peer: '192.0.2.7' })(invite()), true);
  assert.equal(filter({ peer: '192.0.2.7:40000' })(invite()), true);
  assert.equal(filter({ peer: '192.0.2.7:40001' })(invite()), false);
  assert.equal(filter({ peer: '192.0.2.8' })(invite()), false);
  const six = traced({ remote: { host: '2001:db8::7', port: 5060 } });
  assert.equal(filter({ peer: '2001:DB8:0::7' })(six), true);
  assert.equal(filter({ peer: '[2001:db8::7]:5060' })(six), true);
  assert.equal(filter({ callId: 'c1@192.0.2.7' })(invite()), true);
  assert.equal(filter({ callId: 'c1' })(invite()), false);
  assert.equal(filter({ callId: 'c1@192.0.2.7', peer: '192.0.2.8' })(invite()), false, 'all that is given must hold');
});

test('what is no peer or user is refused with a clause', () => {
  for (const peer of ['host.example.org', 'x:y', '192.0.2.7:0', '']) {
    const made = createTraceFilter({ peer });
    assert.ok(!made.ok && made.fault.includes('is not the address of a peer'), peer);
  }
  const made = createTraceFilter({ user: 'a b@c' });
  assert.ok(!made.ok && made.fault.includes('is not a user'));
});
