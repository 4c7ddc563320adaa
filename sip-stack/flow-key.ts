import { bracketed } from '../net/address.ts';
import type { FlowKey, Peer, TransportFacts } from './flow.ts';

/** A flow key taken apart. */
export interface FlowName {
  /** The URI parameter value of the transport: 'udp', 'tcp'. */
  readonly transport: string;
  readonly local: Peer;
  readonly remote: Peer;
  /** Name of the one connection meant, '' for UDP: a later connection between the same ports is another flow. */
  readonly connection: string;
}

/** Writes `udp|<local host>:<port>|<remote host>:<port>`, for connections with `|<connection>` after it. */
export function flowKeyOf(transport: TransportFacts, local: Peer, remote: Peer, connection = ''): FlowKey {
  const name = `${transport.uriParam}|${local.host}:${String(local.port)}|${remote.host}:${String(remote.port)}`;
  return connection === '' ? name : `${name}|${connection}`;
}

/** Takes a key apart; `undefined` for what was not written by `flowKeyOf`. */
export function parseFlowKey(key: FlowKey): FlowName | undefined {
  const [transport, localText, remoteText, connection = '', ...more] = key.split('|');
  if (transport === undefined || localText === undefined || remoteText === undefined || more.length > 0)
    return undefined;
  const local = parsePeer(localText);
  const remote = parsePeer(remoteText);
  if (local === undefined || remote === undefined) return undefined;
  return { transport, local, remote, connection };
}

/** `host:port` as it stands in a Via or a URI: IPv6 in brackets. */
export const hostPort = (peer: Peer): string => `${bracketed(peer.host)}:${String(peer.port)}`;

function parsePeer(text: string): Peer | undefined {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  return colon > 0 && Number.isInteger(port) && port >= 0 && port < 65_536
    ? { host: text.slice(0, colon), port }
    : undefined;
}
