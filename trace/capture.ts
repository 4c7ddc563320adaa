import type { Scheduler, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import type { CaptureDisk, CaptureFile } from './capture-disk.ts';
import type { TraceFigures } from './figures.ts';
import { captureStart, packetBlockBytesMax, writePacketBlock } from './pcapng.ts';
import type { TraceConfig } from './settings.ts';
import type { TraceSink } from './traced-message.ts';

export interface CaptureDeps {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly disk: CaptureDisk;
  readonly figures: TraceFigures;
  /** Name and version of this program, for the file. */
  readonly application: string;
}

/** Writes messages to a file. */
export interface Capture extends TraceSink {
  readonly path: string;
  /** Bytes that wait for the disk. */
  readonly waitingBytes: number;
  /** Writes what waits and closes the file. */
  stop(): Promise<void>;
}

/** How long a message may wait for others to be written with it. */
const gatherFor = milliseconds(200);
/** How long nothing is written after the disk has refused. */
const restAfterFault = milliseconds(10_000);
const chunkBytes = 262_144;

/** Blocks that are written at once. */
interface Chunk {
  readonly bytes: Buffer;
  used: number;
  messages: number;
}

/**
 * Messages are put into memory as the blocks of the file and written from there, many at once, while the server goes on. When
 * the disk cannot keep up, messages are left out and counted (limits.captureBytesWaitingMax); when it refuses, nothing is
 * written for a while.
 *
 * @param config read at the point of use
 */
export function createCapture(deps: CaptureDeps, path: string, config: TraceConfig): Capture {
  const { scheduler, log, disk, figures } = deps;
  const start = captureStart(deps.application);
  const sealed: Chunk[] = [];
  let open: Chunk | undefined;
  let waitingBytes = 0;
  let file: CaptureFile | undefined;
  let gathering: Timer | undefined;
  let resting: Timer | undefined;
  let writing: Promise<void> | undefined;

  const beginFile = async (): Promise<Result<CaptureFile, string>> => {
    const aside = await disk.putAside(path, config.captureFilesMax);
    if (!aside.ok) return aside;
    const created = await disk.create(path);
    if (!created.ok) return created;
    const begun = await created.value.append(start);
    if (begun.ok) return created;
    await created.value.close();
    return begun;
  };

  const write = async (chunk: Chunk): Promise<Result<void, string>> => {
    if (file !== undefined && file.bytes > start.length && file.bytes + chunk.used > config.captureBytesMax) {
      await file.close();
      file = undefined;
    }
    if (file === undefined) {
      const begun = await beginFile();
      if (!begun.ok) return begun;
      file = begun.value;
      log.info('capture-begun', { path });
    }
    return file.append(chunk.bytes.subarray(0, chunk.used));
  };

  const rest = (reason: string): void => {
    if (resting !== undefined) return;
    log.warn('capture-failed', { path, reason });
    resting = scheduler.after(restAfterFault, () => {
      resting = undefined;
    });
  };

  const next = (): Chunk | undefined => {
    const chunk = sealed.shift() ?? open;
    if (chunk === open) open = undefined;
    return chunk;
  };

  const writeAll = async (): Promise<void> => {
    for (let chunk = next(); chunk !== undefined; chunk = next()) {
      const written = await write(chunk);
      waitingBytes -= chunk.used;
      if (written.ok) figures.taken.add(chunk.messages);
      else {
        figures.leftOut.add(chunk.messages);
        rest(written.fault);
      }
    }
  };

  const gather = (): void => {
    gathering ??= scheduler.after(gatherFor, () => void flush());
  };

  const flush = (): Promise<void> => {
    gathering?.cancel();
    gathering = undefined;
    writing ??= writeAll().then(() => {
      writing = undefined;
      // What came while the last write ended has nobody else to start it.
      if (open !== undefined) gather();
    });
    return writing;
  };

  const chunkFor = (bytes: number): Chunk => {
    if (open !== undefined && open.used + bytes <= open.bytes.length) return open;
    if (open !== undefined) sealed.push(open);
    open = { bytes: Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes)), used: 0, messages: 0 };
    return open;
  };

  return {
    path,
    get waitingBytes() {
      return waitingBytes;
    },
    take(message) {
      const room = packetBlockBytesMax(message.bytes.length);
      if (resting !== undefined || waitingBytes + room > limits.captureBytesWaitingMax) {
        figures.leftOut.add();
        return;
      }
      const chunk = chunkFor(room);
      const before = chunk.used;
      chunk.used = writePacketBlock(chunk.bytes, before, message, config.secrets);
      chunk.messages += 1;
      waitingBytes += chunk.used - before;
      if (writing !== undefined) return;
      if (sealed.length > 0) void flush();
      else gather();
    },
    async stop() {
      await writing;
      await flush();
      gathering?.cancel();
      resting?.cancel();
      await file?.close();
      file = undefined;
    },
  };
}
