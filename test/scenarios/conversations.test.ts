import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { play } from './conversation.ts';
import { readScript } from './script.ts';

/** The texts stay beside the source. */
const folder = new URL('../../../test/scenarios/conversations/', import.meta.url);

for (const file of readdirSync(folder).sort()) {
  const script = readScript(readFileSync(new URL(file, folder), 'utf8'));
  test(`${file}: ${script.title}`, () => play(script));
}
