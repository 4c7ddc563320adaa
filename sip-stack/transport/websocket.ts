import { createListenWebSocket } from '../../net/websocket.ts';
import type { TransportFacts } from '../flow.ts';
import { startConnections } from './connections.ts';
import { frames } from './frames.ts';
import type { Transport, TransportContext, TransportKind } from './kind.ts';
import { tlsPolicy } from './tls-policy.ts';

/** SIP over WebSocket (RFC 7118). The default ports are those of HTTP (§5.5). */
export const ws: TransportKind = kind({
  viaToken: 'WS',
  uriParam: 'ws',
  reliable: true,
  secure: false,
  defaultPort: 80,
});

/** SIP over WebSocket over TLS (RFC 7118). */
export const wss: TransportKind = kind({
  viaToken: 'WSS',
  uriParam: 'wss',
  reliable: true,
  secure: true,
  defaultPort: 443,
});

function kind(facts: TransportFacts): TransportKind {
  return { facts, start: (context) => start(facts, context) };
}

/** Only clients begin WebSocket connections: towards a peer there is the one it began, or none. */
function start(facts: TransportFacts, context: TransportContext): Transport {
  const { settings } = context;
  const policy = {
    protocol: 'sip',
    get origins() {
      return settings.webSocketOrigins;
    },
    get path() {
      return settings.webSocketPath;
    },
  };
  const listen = createListenWebSocket(policy, facts.secure ? tlsPolicy(context) : undefined);
  return startConnections({ facts, listen, createFramer: () => frames }, context);
}
