import type { Flow } from '../flow.ts';

/**
 * Hears every message that comes and goes, as bytes: the trace, the capture file, the export to Homer. Asked for on the hot
 * path: a transport looks at `active` first, and does nothing more while it is false.
 */
export interface Tap {
  readonly active: boolean;
  /** @param bytes  the tap's to read within the call; copied if kept */
  onReceived(bytes: Buffer, flow: Flow): void;
  onSent(bytes: Buffer, flow: Flow): void;
}

/** A tap that nobody listens to. */
export const noTap: Tap = { active: false, onReceived: () => undefined, onSent: () => undefined };
