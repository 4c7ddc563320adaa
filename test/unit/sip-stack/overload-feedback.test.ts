import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcesOverloadControl, relayedWithFeedback, withFeedback } from '../../../sip-stack/overload-feedback.ts';

const feedback = { parameters: () => ';oc=20;oc-algo="loss";oc-validity=500;oc-seq=1282321615.782' };
const p1 = 'SIP/2.0/TLS p1.example.net;branch=z9hG4bK2d4790.1';

test('the example of the RFC is answered as there (RFC 7339 §6)', () => {
  assert.equal(
    withFeedback(`${p1};received=192.0.2.111;oc;oc-algo="loss,A"`, feedback),
    `${p1};received=192.0.2.111;oc=20;oc-algo="loss";oc-validity=500;oc-seq=1282321615.782`,
  );
});

for (const [via, announces] of [
  [`${p1};oc;oc-algo="loss"`, true],
  [`${p1};oc ; oc-algo = "A, loss"`, true],
  [`${p1};OC;oc-algo="loss"`, true],
  [`${p1};oc;oc-algo="rate"`, false],
  [`${p1};oc`, false],
  [`${p1};oc=5;oc-algo="loss"`, false],
  [`${p1};occ;oc-algo="loss"`, false],
  [p1, false],
] as const) {
  test(`${via} ${announces ? 'announces' : 'does not announce'} overload control (RFC 7339 §5.1)`, () => {
    assert.equal(announcesOverloadControl(via), announces);
    assert.equal(withFeedback(via, feedback) === via, !announces);
  });
}

test('what the client has no business to write is replaced (RFC 7339 §4.3, §4.4)', () => {
  assert.equal(
    withFeedback(`${p1};oc;oc-validity=99999;oc-algo="loss";oc-seq=1.1;x="a;oc;b"`, feedback),
    `${p1};x="a;oc;b"${feedback.parameters()}`,
  );
});

test('a response sent on has it in its topmost Via alone (RFC 7339 §5.11)', () => {
  const lines = (top: string) =>
    `Record-Route: <sip:x;lr>\r\nVia: ${top}, SIP/2.0/UDP ua;branch=z9hG4bKu;oc;oc-algo="loss"\r\nTo: <sip:b@x>\r\n`;
  assert.equal(relayedWithFeedback(lines(`${p1};oc;oc-algo="loss"`), feedback), lines(`${p1}${feedback.parameters()}`));
  assert.equal(relayedWithFeedback(lines(p1), feedback), lines(p1));
});
