import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';

/** Hostile shapes of a given length: the header field lines that take the place of the sound ones of their names. */
const hostile: Readonly<Record<string, (length: number) => Readonly<Record<string, string>>>> = {
  'a value of white space': (length) => ({ Subject: `a${' '.repeat(length)}b` }),
  'a value folded over and over': (length) => ({ From: `${'x\r\n '.repeat(length / 4)}<sip:a@b>` }),
  'a name that never ends': (length) => ({ ['x'.repeat(length)]: '' }),
  'nothing but short lines': (length) => ({ Subject: `a${'\r\na:b'.repeat(length / 5)}` }),
  'a quoted string of backslashes': (length) => ({ From: `"${'\\'.repeat(length)}` }),
  'a display name of many words': (length) => ({ From: `${'a '.repeat(length / 2)}<sip:a@b>` }),
  'a list of empty values': (length) => ({ Via: `SIP/2.0/UDP h;branch=z9hG4bKx${','.repeat(length)}` }),
  'many Via values': (length) => ({ Via: `SIP/2.0/UDP h${',SIP/2.0/UDP h'.repeat(length / 14)}` }),
  'open brackets': (length) => ({ Contact: '<'.repeat(length) }),
  'parameters without end': (length) => ({ To: `<sip:a@b>${';a=b'.repeat(length / 4)}` }),
  'parameters that end badly': (length) => ({ To: `<sip:a@b>${'; a="b"'.repeat(length / 7)};` }),
  'a user part without host': (length) => ({ Contact: `<sip:${'a%41'.repeat(length / 4)}>` }),
  'URI parameters without end': (length) => ({ Contact: `<sip:a@b${';a=%41'.repeat(length / 6)}>` }),
  'many contacts': (length) => ({ Contact: `${'<sip:a@b>,'.repeat(length / 10)}<sip:a@b>` }),
};
const soundLines = {
  Via: 'SIP/2.0/UDP h;branch=z9hG4bKx',
  From: '<sip:a@b>;tag=1',
  To: '<sip:a@b>',
  'Call-ID': 'x',
  CSeq: '1 REGISTER',
};

for (const [name, shape] of Object.entries(hostile)) {
  test(`the work on ${name} grows with its length and no faster`, () => {
    // Within the bound of one value, and beyond all bounds of a header section.
    for (const length of [limits.headerValueBytesMax - 100, 200_000]) {
      const lines = Object.entries({ ...soundLines, ...shape(length) }).map(
        ([key, content]) => `${key}: ${content}\r\n`,
      );
      const reads = countReads(Buffer.from(`REGISTER sip:a SIP/2.0\r\n${lines.join('')}\r\n`, 'latin1'));
      // Quadratic work would be thousands of reads for each byte.
      assert.ok(reads <= 12 * length + 5000, `${String(reads)} reads for ${String(length)} bytes`);
    }
  });
}

/** Counts how often a byte of the message is looked at. */
function countReads(bytes: Buffer): number {
  let reads = 0;
  const counted = new Proxy(bytes, {
    get(target, key) {
      const found = Reflect.get(target, key, target) as unknown;
      if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
  const parsed = parseMessage(counted);
  if (parsed.ok) faultOf(parsed.value);
  return reads;
}
