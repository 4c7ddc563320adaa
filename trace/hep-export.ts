import type { Scheduler, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import type { Address } from '../net/address.ts';
import type { DatagramSocket, OpenDatagramSocket } from '../net/datagram.ts';
import type { TraceFigures } from './figures.ts';
import { encodeHep } from './hep.ts';
import { hostPortText, parseHostPort } from './host-port.ts';
import type { TraceConfig } from './settings.ts';
import type { TraceSink } from './traced-message.ts';

export interface HepExportDeps {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly figures: TraceFigures;
  readonly openDatagrams: OpenDatagramSocket;
  /** The numeric address of a host. @fault a clause that says why there is none */
  lookUp(host: string): Promise<Result<string, string>>;
}

/** Sends a copy of each message to Homer. */
export interface HepExport extends TraceSink {
  readonly server: string;
  stop(): Promise<void>;
}

/** After this time a server that could not be reached by name is looked up again. */
const againAfter = milliseconds(30_000);
const buffers = { receiveBufferBytes: 65_536, sendBufferBytes: 1_048_576 };

/**
 * Copies leave as datagrams, and nobody tells whether they arrive; what the socket cannot take is left out and counted
 * (limits.datagramsWaitingMax).
 *
 * @param config read at the point of use, but for the server
 */
export function createHepExport(deps: HepExportDeps, server: string, config: TraceConfig): HepExport {
  const { log, figures } = deps;
  let socket: DatagramSocket | undefined;
  let to: Address | undefined;
  let retry: Timer | undefined;
  let stopped = false;

  const unavailable = (reason: string): void => {
    if (stopped) return;
    log.warn('homer-unavailable', { server, reason });
    retry = deps.scheduler.after(againAfter, () => {
      opening = open();
    });
  };

  const open = async (): Promise<void> => {
    const named = parseHostPort(server);
    if (named === undefined) return;
    const found = await deps.lookUp(named.host);
    if (!found.ok) {
      unavailable(found.fault);
      return;
    }
    const at = { host: found.value.includes(':') ? '::' : '0.0.0.0', port: 0 };
    const opened = await deps.openDatagrams(at, buffers, { onBatch() {}, onFault() {} });
    if (!opened.ok) {
      unavailable(opened.fault);
      return;
    }
    to = { host: found.value, port: named.port };
    socket = opened.value;
    log.info('homer-followed', { server, address: hostPortText(to) });
  };
  let opening = open();
  const onFailure = (): void => {
    figures.leftOut.add();
  };

  return {
    server,
    take(message) {
      if (socket === undefined || to === undefined) {
        figures.leftOut.add();
        return;
      }
      const packet = encodeHep(message, config.secrets ? message.bytes : message.masked, {
        nodeId: config.hepNodeId,
        password: config.hepPassword,
      });
      figures.taken.add();
      socket.send(packet, to, onFailure);
    },
    async stop() {
      stopped = true;
      retry?.cancel();
      await opening;
      await socket?.close();
      socket = undefined;
    },
  };
}
