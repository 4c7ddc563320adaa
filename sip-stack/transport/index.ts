import type { TransportKind } from './kind.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';

/** The kinds of transport spoken: one line each; proved by test/contract/transport.test.ts. */
export const transportKinds: readonly TransportKind[] = [udp, tcp];
