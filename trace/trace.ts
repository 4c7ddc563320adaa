import type { Clock, Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import type { OpenDatagramSocket } from '../net/datagram.ts';
import type { LocalAddress } from '../net/interfaces.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Tap } from '../sip-stack/transport/tap.ts';
import type { Capture } from './capture.ts';
import { createCapture } from './capture.ts';
import type { CaptureDisk } from './capture-disk.ts';
import { traceFigures } from './figures.ts';
import type { Followed, FollowOptions } from './followers.ts';
import { createFollowers } from './followers.ts';
import type { HepExport } from './hep-export.ts';
import { createHepExport } from './hep-export.ts';
import { createLocalEnds } from './local-ends.ts';
import type { TraceConfig } from './settings.ts';
import type { Direction } from './traced-message.ts';
import { TracedMessage } from './traced-message.ts';

export interface TraceDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly meter: Meter;
  readonly disk: CaptureDisk;
  readonly openDatagrams: OpenDatagramSocket;
  /** The numeric address of a host. @fault a clause that says why there is none */
  lookUp(host: string): Promise<Result<string, string>>;
  readLocalAddresses(): readonly LocalAddress[];
  /** Name and version of this program, for capture files. */
  readonly application: string;
}

/** Shows the messages of the transports to who follows, to a capture file and to Homer. */
export interface Trace {
  /** For the transports; `active` while somebody looks. */
  readonly tap: Tap;
  /** Follows live, until `signal` is aborted. */
  follow(options: FollowOptions, signal: AbortSignal): AsyncIterable<Followed>;
  /** Begins and ends capture and export as the settings now say. */
  apply(): Promise<void>;
  /** Writes what waits, ends everything. */
  stop(): Promise<void>;
}

/** @param config read at the point of use: its members change on reload, and `apply` is called then */
export function createTrace(deps: TraceDeps, config: TraceConfig): Trace {
  const { clock, log, meter } = deps;
  const localEnd = createLocalEnds(deps);
  let capture: Capture | undefined;
  let hep: HepExport | undefined;
  let active = false;
  let faulty = false;
  const look = (): void => {
    active = followers.size > 0 || capture !== undefined || hep !== undefined;
  };
  const followers = createFollowers(traceFigures(meter, 'follow'), look);
  const captureDeps = { ...deps, figures: traceFigures(meter, 'capture') };
  const hepDeps = { ...deps, figures: traceFigures(meter, 'hep') };
  meter.gauge('pharos_trace_followers', 'Callers of pharos trace', () => followers.size);
  meter.gauge('pharos_trace_capture_waiting_bytes', 'Bytes of the capture file that wait for the disk', () =>
    capture === undefined ? 0 : capture.waitingBytes,
  );

  const show = (direction: Direction, bytes: Buffer, flow: Flow): void => {
    // A defect of ours in the trace must not cost the message; it is told once.
    try {
      const message = new TracedMessage(direction, clock.now(), flow.transport, localEnd(flow), flow.remote, bytes);
      if (followers.size > 0) followers.take(message);
      capture?.take(message);
      hep?.take(message);
    } catch (error) {
      if (!faulty) log.error('trace-failed', { reason: String(error) });
      faulty = true;
    }
  };

  const applyCapture = async (path: string): Promise<void> => {
    if (capture?.path === path || (capture === undefined && path === '')) return;
    const ended = capture;
    capture = undefined;
    look();
    await ended?.stop();
    if (path === '') return;
    capture = createCapture(captureDeps, path, config);
  };
  const applyHep = async (server: string): Promise<void> => {
    if (hep?.server === server || (hep === undefined && server === '')) return;
    const ended = hep;
    hep = undefined;
    await ended?.stop();
    if (server === '') return;
    hep = createHepExport(hepDeps, server, config);
  };
  let applying: Promise<void> = Promise.resolve();
  const change = (path: string, server: string): Promise<void> => {
    // One change after another, though reloads may come at once.
    applying = applying.then(async () => {
      await applyCapture(path);
      await applyHep(server);
      look();
    });
    return applying;
  };

  return {
    tap: {
      get active() {
        return active;
      },
      onReceived(bytes, flow) {
        show('received', bytes, flow);
      },
      onSent(bytes, flow) {
        show('sent', bytes, flow);
      },
    },
    follow: (options, signal) => followers.follow(options, signal),
    apply: () => change(config.captureFile, config.hepServer),
    stop: () => change('', ''),
  };
}
