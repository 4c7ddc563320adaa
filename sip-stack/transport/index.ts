import type { TransportKind } from './kind.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';
import { ws, wss } from './websocket.ts';

/** The kinds of transport spoken: one line each; proved by test/contract/transport.test.ts. */
export const transportKinds: readonly TransportKind[] = [udp, tcp, tls, ws, wss];
