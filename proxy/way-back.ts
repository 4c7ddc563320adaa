import type { WireText } from '../sip-stack/wire/message.ts';
import { topViaText } from '../sip-stack/wire/via.ts';
import type { Engine } from './engine.ts';
import type { ProxyRequest } from './proxy-request.ts';
import { ofStranger } from './stranger.ts';

/**
 * The Via by which a further 2xx finds its way back without anybody remembering the call (RFC 6026 §7.2): over UDP, from the
 * socket that the caller knows, and with no edit but the one that all strangers' responses get.
 *
 * @returns '' where something has to be remembered
 */
export function wayBackOf(engine: Engine, { incoming, original, responseEdits }: ProxyRequest): WireText {
  const { request, flow } = incoming;
  const { transport, local, remote } = flow;
  // A connection is not found again by a Via: it may be the only way to who is behind a NAT.
  if (transport.reliable || responseEdits?.every((edit) => edit === ofStranger) === false) return '';
  const socket = engine.flowTowards({ kind: 'address', transport, peer: remote }).local;
  if (socket.port !== local.port || socket.host !== local.host) return '';
  return original.via ?? topViaText(request.headers) ?? '';
}
