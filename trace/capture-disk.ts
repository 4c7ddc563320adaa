import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { reasonOf } from '../net/reason.ts';

/** One capture file being written. */
export interface CaptureFile {
  readonly bytes: number;
  /**
   * Writes at the end, all or nothing: what a full disk took of it is taken back, so that the file stays readable.
   *
   * @fault the system's error code
   */
  append(bytes: Buffer): Promise<Result<void, string>>;
  close(): Promise<void>;
}

/** Where capture files are; faults are the system's error codes. */
export interface CaptureDisk {
  /** Puts the file aside as `path.1`, the older ones one further; of `filesMax` files the oldest goes. */
  putAside(path: string, filesMax: number): Promise<Result<void, string>>;
  /** Makes a new file that its owner alone may read. */
  create(path: string): Promise<Result<CaptureFile, string>>;
}

/** The disk of this machine. */
export const captureDisk: CaptureDisk = { putAside, create };

async function putAside(path: string, filesMax: number): Promise<Result<void, string>> {
  try {
    await rm(nameOf(path, filesMax - 1), { force: true });
    for (let age = filesMax - 2; age >= 0; age -= 1) await renameIfThere(nameOf(path, age), nameOf(path, age + 1));
    return ok(undefined);
  } catch (error) {
    return fail(codeOf(error));
  }
}

const nameOf = (path: string, age: number): string => (age === 0 ? path : `${path}.${String(age)}`);

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function create(path: string): Promise<Result<CaptureFile, string>> {
  try {
    // 'wx': a name that somebody else has put there meanwhile, a link even, is not written through.
    return ok(captureFile(await open(path, 'wx', 0o600)));
  } catch (error) {
    return fail(codeOf(error));
  }
}

/** A file that was just opened, empty. */
export function captureFile(handle: FileHandle): CaptureFile {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async append(block) {
      try {
        let written = 0;
        while (written < block.length) {
          const taken = await handle.write(block, written, block.length - written, bytes + written);
          written += taken.bytesWritten;
        }
        bytes += block.length;
        return ok(undefined);
      } catch (error) {
        await handle.truncate(bytes).catch(() => undefined);
        return fail(codeOf(error));
      }
    },
    async close() {
      await handle.close().catch(() => undefined);
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof Error ? reasonOf(error) : String(error));
