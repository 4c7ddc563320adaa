import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { copyText, decodeUtf8, encodeUtf8, headerSafe } from '../../../../sip-stack/wire/text.ts';

test('copies text so that the message it was cut from can go', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: string[] = [];
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 200; count += 1) {
    const message = Buffer.alloc(100_000, 97 + (count % 26)).toString('latin1');
    kept.push(copyText(message.slice(500, 540)));
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(kept.length, 200);
  // Twenty megabytes of messages were cut from; forty bytes of each are wanted.
  assert.ok(grown < 5_000_000, `${String(grown)} bytes held`);
});

test('a copy is the same text, however short', () => {
  for (const text of ['', 'a', 'abcdefghijklm', '\xff\0 ']) assert.equal(copyText(text), text);
});

test('wire text is UTF-8, one character for each byte (RFC 3261 §25.1)', () => {
  assert.equal(encodeUtf8('Jürgen'), 'J\xc3\xbcrgen');
  assert.equal(decodeUtf8('J\xc3\xbcrgen'), 'Jürgen');
  assert.equal(decodeUtf8('\xff'), '\ufffd');
});

test('text that would end a line or be cut to another byte is made safe', () => {
  assert.equal(headerSafe('a\r\nVia: b'), 'a Via: b');
  // U+010A would be written as a line feed, U+010D as a carriage return.
  assert.equal(headerSafe('\u010a\u010d'), '\xc4\x8a\xc4\x8d');
  assert.equal(headerSafe('tab\tstays'), 'tab\tstays');
  assert.equal(headerSafe('\0'), ' ');
});
