import { instant } from '../kernel/clock.ts';
import type { TransportFacts } from '../sip-stack/flow.ts';
import type { FollowedMessage } from './followers.ts';
import { parseHostPort } from './host-port.ts';
import { packetBlockBytesMax, writePacketBlock } from './pcapng.ts';
import { TracedMessage } from './traced-message.ts';

/**
 * A message that was followed as a packet block of a capture file.
 *
 * @param followed one that was asked for whole; `undefined` for any other
 */
export function followedPacket(followed: FollowedMessage): Buffer | undefined {
  const local = parseHostPort(followed.local);
  const remote = parseHostPort(followed.remote);
  if (local === undefined || remote === undefined || followed.message === undefined) return undefined;
  const bytes = Buffer.from(followed.message, 'latin1');
  const at = instant(Date.parse(followed.time));
  const transport = transportNamed(followed.transport);
  const message = new TracedMessage(followed.direction, at, transport, local, remote, bytes);
  const block = Buffer.alloc(packetBlockBytesMax(bytes.length));
  // Whether secrets are in it was decided where it was followed.
  return block.subarray(0, writePacketBlock(block, 0, message, true));
}

/** As much of a transport as stands in a capture file. */
const transportNamed = (uriParam: string): TransportFacts => ({
  viaToken: uriParam.toUpperCase(),
  uriParam,
  reliable: uriParam !== 'udp',
  secure: uriParam === 'tls' || uriParam === 'wss',
  defaultPort: 5060,
});
