import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { missing } from './programs.ts';

/** A capture of loopback while other programs talk. */
export interface Capture {
  /** Ends the capture; what tshark says of the packets in it. */
  stop(): Promise<Captured>;
}

export interface Captured {
  /** Packets that tshark knows as SIP. */
  readonly sipPackets: number;
  /** One line for each packet that is malformed or against its protocol (expert information of severity error). */
  readonly malformed: readonly string[];
}

/** What came on loopback at these ports, all of it SIP. Needs the right to capture: root, or Debian's group `wireshark`. */
async function startCapture(file: string, ports: readonly number[]): Promise<Capture> {
  const filter = ports.map((port) => `port ${String(port)}`).join(' or ');
  const child = spawn('tshark', ['-q', '-i', 'lo', '-f', filter, '-w', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Capture started')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => {
      reject(new Error(`tshark cannot capture: ${said}`));
    });
  });
  return {
    async stop() {
      const closed = once(child, 'close');
      // dumpcap hands over in batches: what was sent last must have reached the file.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      child.kill('SIGINT');
      await closed;
      return read(file, ports);
    },
  };
}

/** On a newcomer's machine tshark may be missing or not be allowed to capture; in CI it must. */
export async function captureOrReason(file: string, ports: readonly number[]): Promise<Capture | string> {
  const absent = missing('tshark');
  if (absent !== false) return absent;
  try {
    return await startCapture(file, ports);
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return String(error);
  }
}

function read(file: string, ports: readonly number[]): Captured {
  const asSip = ports.flatMap((port) => ['-d', `udp.port==${String(port)},sip`, '-d', `tcp.port==${String(port)},sip`]);
  const linesOf = (filter: string): readonly string[] => {
    const run = spawnSync('tshark', ['-r', file, ...asSip, '-Y', filter], { encoding: 'utf8', maxBuffer: 64_000_000 });
    if (run.status !== 0) throw new Error(`tshark cannot read the capture: ${run.stderr}`);
    return run.stdout.split('\n').filter((line) => line !== '');
  };
  return {
    sipPackets: linesOf('sip').length,
    malformed: linesOf('_ws.malformed || _ws.expert.severity == error'),
  };
}
