import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskSecrets } from '../../../trace/secrets.ts';
import { sipText } from '../../support/traced.ts';

function masked(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  maskSecrets(bytes);
  assert.equal(bytes.length, text.length, 'lengths stay true');
  return bytes.toString('latin1');
}

const digest = 'Digest username="alice", realm="r", nonce="n", uri="sip:r", response="0123456789abcdef", qop=auth';

test('a digest response is masked wherever it stands, and nothing else', () => {
  for (const name of ['Authorization', 'Proxy-Authorization', 'AUTHORIZATION', 'proxy-authorization ']) {
    const text = sipText({ headers: [`${name}: ${digest}`, 'Expires: 60'] });
    assert.equal(masked(text), text.replace('0123456789abcdef', 'x'.repeat(16)), name);
  }
  const challenge = sipText({ headers: ['WWW-Authenticate: Digest realm="r", nonce="n"', 'Response: 1'] });
  assert.equal(masked(challenge), challenge);
});

test('a folded line, an unquoted response, two of them and one with spaces are masked too', () => {
  const odd = sipText({
    headers: [
      'Authorization: Digest username="a",\r\n response = "abc"',
      'Proxy-Authorization: Digest response=dead,x=1',
    ],
  });
  assert.equal(masked(odd), odd.replace('abc', 'xxx').replace('dead', 'xxxx'));
});

test('line ends before the message hide nothing (RFC 3261 §7.5)', () => {
  const text = `\r\n\r\n${sipText({ headers: [`Authorization: ${digest}`] })}`;
  assert.equal(masked(text), text.replace('0123456789abcdef', 'x'.repeat(16)));
});

test('what proves the server, and schemes that send the secret itself, are masked (RFC 7616 §3.5, RFC 7617, RFC 8898)', () => {
  const proof = sipText({ headers: ['Authentication-Info: rspauth="beef", qop=auth'] });
  assert.equal(masked(proof), proof.replace('beef', 'xxxx'));
  for (const scheme of ['Basic', 'Bearer']) {
    const sent = sipText({ headers: [`Authorization: ${scheme} QWxhZGRpbg==`] });
    assert.equal(masked(sent), sent.replace('QWxhZGRpbg==', 'x'.repeat(12)));
  }
});

test('keys of SRTP in a body are masked (RFC 4568 §9.2)', () => {
  const body = 'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1j|2^20|1:4\r\na=inline:not-a-key\r\n';
  const text = sipText({ body });
  assert.equal(masked(text), text.replace('WVNfX19zZW1j', 'x'.repeat(12)));
});

test('a body that looks like a header is left alone, and so is what is no message', () => {
  const text = sipText({ body: 'Authorization: Digest response="abc"' });
  assert.equal(masked(text), text);
  assert.equal(masked(''), '');
  assert.equal(masked('\0\0\r\n'), '\0\0\r\n');
});

test('hostile lines take no time', () => {
  const bytes = Buffer.from(`Authorization${' '.repeat(30_000)}\r\nAuthorization: ${'response='.repeat(7_000)}`);
  const began = process.cpuUsage();
  maskSecrets(bytes);
  assert.ok(process.cpuUsage(began).user < 1_000_000);
});
