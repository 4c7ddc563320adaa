import { seconds } from '../../../../kernel/clock.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { createMeter } from '../../../../kernel/meter.ts';
import type { Candidates } from '../../../../sip-stack/candidates.ts';
import type { Destination } from '../../../../sip-stack/destination.ts';
import type { Flow, TransportFacts } from '../../../../sip-stack/flow.ts';
import type { Locate } from '../../../../sip-stack/locate.ts';
import { createLocate } from '../../../../sip-stack/locate.ts';
import type { BoundAddress } from '../../../../sip-stack/transport/layer-port.ts';
import type { Zone } from '../../../support/dns-server.ts';
import type { FakeResolver } from '../../../support/fake-resolver.ts';
import { createFakeResolver } from '../../../support/fake-resolver.ts';
import type { FakeTime } from '../../../support/fake-time.ts';
import { createFakeTime } from '../../../support/fake-time.ts';
import { createFakeTokens } from '../../../support/fake-tokens.ts';
import { tcp, tls, udp, ws, wss } from '../../../support/transport-facts.ts';

export const kept = { open: true, key: 'kept' } as Flow;
export const dead = { open: false, key: 'dead' } as Flow;

/** Listening on all interfaces of both families. */
export const listening = (...transports: readonly TransportFacts[]): readonly BoundAddress[] =>
  transports.flatMap((transport) => [
    { transport, host: '0.0.0.0', port: 5060 },
    { transport, host: '::', port: 5060 },
  ]);

export interface LocateBed {
  readonly locate: Locate;
  readonly resolver: FakeResolver;
  readonly time: FakeTime;
  /** Why there was no way. */
  readonly reasons: string[];
  /** All destinations of a URI in order, as `udp 192.0.2.1:5060`. */
  readonly ways: (uriText: string, seed?: string) => Promise<readonly string[]>;
}

export interface LocateOptions {
  readonly bound?: readonly BoundAddress[];
  readonly known?: readonly TransportFacts[];
  readonly zone?: Zone;
  readonly sixReaches?: boolean;
  readonly tokens?: string;
}

export function locateOn(options: LocateOptions = {}): LocateBed {
  const { bound = listening(udp, tcp), known = [udp, tcp, tls, ws, wss], zone = {}, sixReaches = true } = options;
  const time = createFakeTime();
  const resolver = createFakeResolver(zone);
  const reasons: string[] = [];
  const locate = createLocate(
    {
      clock: time.clock,
      tokens: createFakeTokens(options.tokens),
      log: { ...silentLog, info: (_event, fields) => void reasons.push(String(fields?.['reason'])) },
      meter: createMeter(),
      layer: { bound, flow: (key) => [kept, dead].find((flow) => flow.key === key) },
      resolver,
      transports: known,
      sixReaches: () => sixReaches,
    },
    { failedFor: seconds(60), retryAfterMax: seconds(300) },
  );
  return {
    locate,
    resolver,
    time,
    reasons,
    ways: (uriText, seed) => all(locate.candidates(uriText, '', seed)),
  };
}

/** Asks for candidates until there are no more. */
export async function all(candidates: Candidates): Promise<readonly string[]> {
  const found: string[] = [];
  for (;;) {
    const next = await candidates.next();
    if (next === undefined) return found;
    found.push(written(next));
  }
}

export function written(destination: Destination | undefined): string {
  if (destination?.kind !== 'address') return destination?.kind ?? 'nowhere';
  const { transport, peer, domain } = destination;
  const text = `${transport.uriParam} ${peer.host}:${String(peer.port)}`;
  return domain === undefined ? text : `${text} as ${domain}`;
}
