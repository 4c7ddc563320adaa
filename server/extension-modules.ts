import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';

/** A module as it was imported, not yet looked at. */
export interface ExtensionModule {
  /** As the configuration names it, for faults. */
  readonly written: string;
  /** What its settings begin with, unless it exports a name. */
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Imports the modules of an operator, in order.
 *
 * @param folder  where relative names begin, and where packages are looked for
 * @fault one sentence without full stop for each module that cannot be imported
 */
export async function importExtensions(
  written: readonly string[],
  folder: string,
): Promise<Result<readonly ExtensionModule[], readonly string[]>> {
  const modules: ExtensionModule[] = [];
  const faults: string[] = [];
  for (const name of written) {
    const imported = await importModule(name, folder);
    if (imported.ok) modules.push(imported.value);
    else faults.push(`extension ${name} ${imported.fault}`);
  }
  return faults.length > 0 ? fail(faults) : ok(modules);
}

async function importModule(written: string, folder: string): Promise<Result<ExtensionModule, string>> {
  const isFile = /^\.{0,2}\//.test(written) || isAbsolute(written);
  const found = isFile ? fileAt(resolve(folder, written)) : packageIn(written, folder);
  if (!found.ok) return found;
  try {
    const { default: main, ...named } = (await import(found.value)) as Readonly<Record<string, unknown>>;
    // A CommonJS module, and one that exports all in one, has its members in the default export.
    const exports = { ...(typeof main === 'object' ? main : {}), ...named };
    const name = isFile ? basename(written, extname(written)) : written;
    return ok({ written, name, exports });
  } catch (error) {
    // Whatever the module throws while it is loaded: its author is to read it, and the server not to start.
    return fail(`cannot be loaded: ${reasonOf(error)}`);
  }
}

const fileAt = (path: string): Result<string, string> =>
  existsSync(path) ? ok(pathToFileURL(path).href) : fail(`is not there: no file ${path}`);

/** Packages of the operator's folder; one that can only be imported, not required, is looked for beside the server. */
function packageIn(name: string, folder: string): Result<string, string> {
  try {
    return ok(pathToFileURL(createRequire(join(resolve(folder), 'from-here')).resolve(name)).href);
  } catch (error) {
    const isHidden = error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    return isHidden ? ok(name) : fail(`is not there: no package of this name is installed for ${resolve(folder)}`);
  }
}

export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
