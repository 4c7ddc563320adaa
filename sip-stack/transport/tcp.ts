import { connectTcp, listenTcp } from '../../net/tcp.ts';
import { createFramer } from '../wire/framing.ts';
import { startConnections } from './connections.ts';
import type { TransportKind } from './kind.ts';

const facts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };

/** SIP over TCP (RFC 3261 §18). */
export const tcp: TransportKind = {
  facts,
  start: (context) => startConnections({ facts, listen: listenTcp, connect: connectTcp, createFramer }, context),
};
