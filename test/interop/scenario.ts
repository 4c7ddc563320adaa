import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Scenario files are data: they stay beside the source. */
export const scenarioFolder = fileURLToPath(new URL('../../../test/interop/sipp/', import.meta.url));

/** What stands for the `{{name}}` of a scenario file. */
export type ScenarioValues = Readonly<Record<string, string>>;

/**
 * Writes the scenario `calls/<name>.xml` as sipp reads it: with the parts it includes in their place, and the values of this run.
 *
 * @returns the file
 */
export function writeScenario(folder: string, name: string, values: ScenarioValues): string {
  const whole = read('calls', name).replaceAll(/ *<include part="([\w-]+)"\/>\n/g, (_, part: string) =>
    read('parts', part),
  );
  const text = whole.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`the scenario ${name} wants a value for ${key}`);
    return value;
  });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.xml`);
  writeFileSync(file, text);
  return file;
}

const read = (folder: 'calls' | 'parts', name: string): string =>
  readFileSync(join(scenarioFolder, folder, `${name}.xml`), 'utf8');
