import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methodAt } from '../../../../sip-stack/wire/methods.ts';
import { sourceOf } from '../../../../sip-stack/wire/source.ts';

test('methods are compared with case (RFC 3261 §7.1)', () => {
  const at = (text: string): string => methodAt(sourceOf(`>${text}<`), 1, 1 + text.length);
  for (const method of ['REGISTER', 'PUBLISH', 'register', 'NEWMETHOD', 'ACKN']) assert.equal(at(method), method);
});
