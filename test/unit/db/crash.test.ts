import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqliteStore } from '../../../db/backends/sqlite.ts';
import { inDirectory, notesTable, optionsFor } from '../../support/store-fixture.ts';

const child = fileURLToPath(new URL('../../support/store-writer.js', import.meta.url));

/** Kills the writing child after it has acknowledged `acknowledgements`. @returns the last acknowledged version of each row */
async function writeAndKill(directory: string, round: string, acknowledgements: number): Promise<Map<string, number>> {
  const writer = spawn(process.execPath, [child, directory, round], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > acknowledgements) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  // What stands after the last newline is an acknowledgement that was cut off on its way.
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
  return new Map(lines.map((line) => line.split(' ')).map(([id = '', version]) => [id, Number(version)]));
}

describe('after kill -9 at any moment', () => {
  it('every acknowledged row is there, and none is older than its acknowledgement', () =>
    inDirectory(async (directory) => {
      const acknowledged = new Map<string, number>();
      // From the first commit to the middle of a fold.
      for (const [round, acknowledgements] of [1, 37, 400, 1_111, 2_500].entries()) {
        for (const [id, version] of await writeAndKill(directory, String(round), acknowledgements))
          acknowledged.set(id, version);
        const opened = await openSqliteStore(optionsFor(directory));
        assert.ok(opened.ok, opened.ok ? '' : opened.fault);
        for (const [id, version] of acknowledged) {
          const found = opened.value.get(notesTable, [id, 'p'])?.count;
          // The version after the acknowledged one may have been committed, but not acknowledged, when the process died.
          const possible = [version, version + 1].map((one) => (one % 7 === 0 ? undefined : one));
          assert.ok(possible.includes(found), `${id}: acknowledged ${String(version)}, found ${String(found)}`);
        }
        assert.ok(acknowledged.size > 0 && opened.value.size(notesTable) > 0);
        await opened.value.close();
      }
      assert.ok(acknowledged.size >= 60, `${String(acknowledged.size)} rows acknowledged`);
    }));
});
