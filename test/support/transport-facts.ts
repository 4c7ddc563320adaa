import type { TransportFacts } from '../../sip-stack/flow.ts';

const facts = (viaToken: string, reliable: boolean, secure: boolean, defaultPort: number): TransportFacts => ({
  viaToken,
  uriParam: viaToken.toLowerCase(),
  reliable,
  secure,
  defaultPort,
});

/** The facts of every kind of transport, without its sockets. */
export const udp = facts('UDP', false, false, 5060);
export const tcp = facts('TCP', true, false, 5060);
export const tls = facts('TLS', true, true, 5061);
export const ws = facts('WS', true, false, 80);
export const wss = facts('WSS', true, true, 443);
