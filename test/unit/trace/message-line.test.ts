import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FollowedMessage } from '../../../trace/followers.ts';
import { messageLine, wholeMessage } from '../../../trace/message-line.ts';

const followed: FollowedMessage = {
  time: '2026-01-02T12:00:00.123Z',
  direction: 'received',
  transport: 'udp',
  local: '192.0.2.1:5060',
  remote: '192.0.2.7:5060',
  kind: 'request',
  method: 'REGISTER',
  status: 0,
  startLine: 'REGISTER sip:example.org',
  from: '"A" <sip:alice@example.org;user=phone>;tag=1',
  to: '<sips:alice@example.org>',
  callId: 'a84b4c76e66710',
};

test('one line tells when, which way, over what, with whom, what, who and which call', () => {
  assert.equal(
    messageLine(followed),
    '12:00:00.123 <- udp 192.0.2.7:5060        REGISTER sip:example.org         ' +
      'alice@example.org > sips:alice@example.org a84b4c76e66710',
  );
});

test('a response tells its request, and a failure is marked', () => {
  const line = messageLine({
    ...followed,
    direction: 'sent',
    kind: 'response',
    status: 403,
    startLine: '403 Forbidden',
  });
  assert.match(line, /^12:00:00\.123 -> udp 192\.0\.2\.7:5060 {7}!403 Forbidden \(REGISTER\) /);
});

test('long parts are cut, and nothing reaches the terminal that could steer it', () => {
  const line = messageLine({
    ...followed,
    callId: 'c'.repeat(100),
    startLine: `X \x1b[2J\x07${'y'.repeat(200)}`,
    from: '\x9b<',
  });
  assert.ok(line.length < 250);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(line, /[\0-\x1f\x7f-\x9f]/);
});

test('a whole message follows a line that says whence and whither', () => {
  const whole = wholeMessage({ ...followed, message: 'REGISTER sip:x SIP/2.0\r\nTo: \xc3\xa9\x1b\r\n\r\n' });
  assert.equal(
    whole,
    '--- 2026-01-02T12:00:00.123Z 192.0.2.1:5060 <- 192.0.2.7:5060 udp\nREGISTER sip:x SIP/2.0\nTo: é.\n',
  );
});

test('what is no message shows its beginning', () => {
  const line = messageLine({ ...followed, kind: 'malformed', startLine: 'GET /', from: '', to: '', callId: '' });
  assert.match(line, / \? GET \/ *$/);
});
