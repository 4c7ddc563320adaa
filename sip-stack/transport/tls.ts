import { createTlsStreams } from '../../net/tls.ts';
import { createFramer } from '../wire/framing.ts';
import { startConnections } from './connections.ts';
import type { TransportKind } from './kind.ts';
import { tlsPolicy } from './tls-policy.ts';

const facts = { viaToken: 'TLS', uriParam: 'tls', reliable: true, secure: true, defaultPort: 5061 };

/** SIP over TLS (RFC 3261 §26.2, RFC 5922). */
export const tls: TransportKind = {
  facts,
  start(context) {
    const { listen, connect } = createTlsStreams(tlsPolicy(context));
    return startConnections({ facts, listen, connect, createFramer }, context);
  },
};
