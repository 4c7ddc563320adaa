import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseMediaType, parseAccept } from '../../../../sip-stack/wire/accept.ts';

const offered = ['application/pidf+xml', 'application/xpidf+xml'];

test('reads media ranges with q and parameters (RFC 3261 §20.1)', () => {
  const ranges = parseAccept(['Application/PIDF+xml;q=0.5, text/* ; level=1', '*/*;q=0']);
  assert.deepEqual(
    ranges.map(({ type, subtype, q }) => [type, subtype, q]),
    [
      ['application', 'pidf+xml', 0.5],
      ['text', '*', 1],
      ['*', '*', 0],
    ],
  );
  assert.equal(ranges[1]?.params.get('level'), '1');
});

test('a malformed range is left out, a malformed q counts as 1', () => {
  assert.deepEqual(parseAccept(['application, a/b;q=7'])[0]?.q, 1);
  assert.equal(parseAccept(['application, a/b;q=7']).length, 1);
});

test('no Accept means the default type, an empty one means none (RFC 3261 §20.1)', () => {
  assert.equal(chooseMediaType(offered, []), 'application/pidf+xml');
  assert.equal(chooseMediaType(offered, ['']), undefined);
});

test('the best liked type wins, and our order among equals', () => {
  assert.equal(chooseMediaType(offered, ['application/xpidf+xml, application/pidf+xml']), 'application/pidf+xml');
  assert.equal(
    chooseMediaType(offered, ['application/pidf+xml;q=0.3', 'application/xpidf+xml']),
    'application/xpidf+xml',
  );
  assert.equal(chooseMediaType(offered, ['application/*']), 'application/pidf+xml');
  assert.equal(chooseMediaType(offered, ['*/*, application/pidf+xml;q=0']), 'application/xpidf+xml');
  assert.equal(chooseMediaType(offered, ['application/sdp']), undefined);
});
