import { readFileSync, statSync } from 'node:fs';
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { ConfigFault } from './fault.ts';

/** One `section.name: value` of a file, with its place. */
export interface FileEntry {
  readonly section: string;
  readonly name: string;
  readonly value: unknown;
  readonly place: string;
}

/** What a file says. */
export interface FileContent {
  /** Every section named, also an empty one. */
  readonly sections: readonly { readonly section: string; readonly place: string }[];
  readonly entries: readonly FileEntry[];
}

/** Reads a configuration file; JSON is read as the YAML it is. */
export function readConfigFile(path: string): Result<FileContent, readonly ConfigFault[]> {
  let text: string;
  try {
    if (statSync(path).size > limits.configFileBytesMax) {
      return fail([
        { place: path, problem: 'the file is larger than 1 MiB', mend: 'Give a smaller configuration file' },
      ]);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail([
      { place: path, problem: `the file cannot be read (${reason})`, mend: 'Give an existing file to --config' },
    ]);
  }
  return parseConfigText(text, path);
}

/** The entries of a configuration text; all faults of form at once. */
export function parseConfigText(text: string, path: string): Result<FileContent, readonly ConfigFault[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeOf = (offset: number | undefined): string => {
    if (offset === undefined) return path;
    const { line, col } = lines.linePos(offset);
    return `${path}:${String(line)}:${String(col)}`;
  };
  const faults: ConfigFault[] = document.errors.map((error) => ({
    place: placeOf(error.pos[0]),
    problem: `this is not YAML or JSON (${firstLine(error.message)})`,
    mend: 'Correct the form of the line; a sample is in docs/pharos.sample.yaml',
  }));
  if (faults.length > 0) return fail(faults);
  if (document.contents === null) return ok({ sections: [], entries: [] });
  const sections: { section: string; place: string }[] = [];
  const entries: FileEntry[] = [];
  const wantMap = (place: string, what: string): void => {
    faults.push({
      place,
      problem: `${what} must hold names and values`,
      mend: "Write 'section:' and under it, indented, 'name: value'",
    });
  };
  if (!isMap(document.contents)) {
    wantMap(placeOf(0), 'the file');
    return fail(faults);
  }
  for (const { key, value } of document.contents.items) {
    const section = keyText(key);
    const place = placeOf(offsetOf(key));
    sections.push({ section, place });
    if (isScalar(value) && value.value === null) continue;
    if (!isMap(value)) {
      wantMap(place, `section '${section}'`);
      continue;
    }
    for (const item of value.items) {
      const entry = { section, name: keyText(item.key), place: placeOf(offsetOf(item.key)) };
      const read = plain(item.value, document);
      if (read.ok) entries.push({ ...entry, value: read.value });
      else faults.push({ place: entry.place, problem: read.fault, mend: 'Write the value out in full' });
    }
  }
  return faults.length > 0 ? fail(faults) : ok({ sections, entries });
}

/** What the yaml library's nodes have in common, as far as we use it. */
interface YamlNode {
  toJS(document: unknown, options?: { readonly maxAliasCount?: number }): unknown;
}

function plain(node: unknown, document: unknown): Result<unknown, string> {
  if (typeof node !== 'object' || node === null || !('toJS' in node)) return ok(node);
  try {
    return ok((node as YamlNode).toJS(document, { maxAliasCount: 10 }));
  } catch (error) {
    // The library throws on an alias without anchor, and on one that grows beyond bounds.
    return fail(`the value cannot be read (${error instanceof Error ? firstLine(error.message) : String(error)})`);
  }
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key));

const offsetOf = (key: unknown): number | undefined => (isScalar(key) ? key.range?.[0] : undefined);

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
