import type { Clock, Instant } from '../../kernel/clock.ts';
import { instant } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { familyOf, isWildcard } from '../../net/address.ts';
import type { LocalAddress } from '../../net/interfaces.ts';
import { chooseLocalAddress } from '../../net/interfaces.ts';
import type { Flow, TransportFacts } from '../flow.ts';
import { hostPort } from '../flow-key.ts';
import type { BoundAddress } from './layer-port.ts';

/** How a peer reaches us: what our Via and our Contact say. */
export interface Reached {
  /** `host:port` for a Via (RFC 3261 §18.1.1). */
  readonly sentBy: string;
  /** A URI without angle brackets (RFC 3261 §8.1.1.8). */
  readonly contact: string;
  /** The same as a SIPS URI where the transport is secure (RFC 3261 §26.2.2), else `contact`. */
  readonly secureContact: string;
}

export interface Reach {
  of(flow: Flow): Reached;
}

/** Milliseconds after which the machine's addresses are read again. */
const addressesValidFor = 60_000;

/**
 * Chooses the names under which peers reach us: the `advertised` name of the listener, or the address it is bound to, or,
 * on a wildcard, the local address that the peer sees.
 *
 * @param bound read at each use: listeners are added later
 */
export function createReach(
  deps: { readonly clock: Clock; readLocalAddresses(): readonly LocalAddress[] },
  bound: readonly BoundAddress[],
): Reach {
  /** What was said of each listener, by peer where our end is unknown, by our end where it is known, else under ''. */
  const said = new Map<BoundAddress, Map<string, Reached>>();
  let addresses: readonly LocalAddress[] = [];
  let readAt: Instant = instant(0);

  const refresh = (): void => {
    const now = deps.clock.now();
    if (now - readAt <= addressesValidFor) return;
    addresses = deps.readLocalAddresses();
    readAt = now;
    said.clear();
  };

  const remembered = (listener: BoundAddress, about: string, make: (listener: BoundAddress) => Reached): Reached => {
    let ofListener = said.get(listener);
    if (ofListener === undefined || ofListener.size >= limits.peersRememberedMax) {
      ofListener = new Map();
      said.set(listener, ofListener);
    }
    const known = ofListener.get(about);
    if (known !== undefined) return known;
    const reached = make(listener);
    ofListener.set(about, reached);
    return reached;
  };

  /** Without a listener of that kind the flow's own end is all there is. */
  const ownEnd = (flow: Flow): Reached => {
    const { host, port } = flow.local;
    const local = isUnknown(host) ? chooseLocalAddress(flow.remote.host, addresses) : host;
    return reachedAt(flow.transport, hostPort({ host: local, port }));
  };

  return {
    of(flow) {
      refresh();
      const listener = listenerOf(flow, bound);
      if (listener === undefined) return ownEnd(flow);
      if (listener.advertised !== undefined || !isWildcard(listener.host)) return remembered(listener, '', fixedReach);
      const { host } = flow.local;
      const peer = flow.remote.host;
      return isUnknown(host)
        ? remembered(listener, peer, (at) => wildcardReach(at, chooseLocalAddress(peer, addresses)))
        : remembered(listener, host, (at) => wildcardReach(at, host));
    },
  };
}

/** A flow's own end names no address: a wildcard socket, or a connection that is not established yet. */
const isUnknown = (host: string): boolean => host === '' || isWildcard(host);

function fixedReach({ transport, host, port, advertised }: BoundAddress): Reached {
  return reachedAt(transport, advertised === undefined ? hostPort({ host, port }) : withPort(advertised, port));
}

const wildcardReach = ({ transport, port }: BoundAddress, host: string): Reached =>
  reachedAt(transport, hostPort({ host, port }));

/** The listener where answers to this flow's peer should arrive: its own, else a wildcard, else one of its family. */
function listenerOf(flow: Flow, bound: readonly BoundAddress[]): BoundAddress | undefined {
  const { host, port } = flow.local;
  const family = familyOf(flow.remote.host);
  let second: BoundAddress | undefined;
  for (const each of bound) {
    if (each.transport !== flow.transport || familyOf(each.host) !== family) continue;
    if (each.host === host && (flow.transport.reliable || each.port === port)) return each;
    if (second === undefined || (isWildcard(each.host) && !isWildcard(second.host))) second = each;
  }
  return second;
}

/** A name to be reached by, with the port of the listener where it has none of its own. */
const withPort = (advertised: string, port: number): string =>
  /:\d+$/.test(advertised) ? advertised : `${advertised}:${String(port)}`;

function reachedAt(transport: TransportFacts, sentBy: string): Reached {
  // UDP is what a SIP URI without `transport` means when it names a port (RFC 3263 §4.1).
  const param = transport.uriParam === 'udp' ? '' : `;transport=${transport.uriParam}`;
  const contact = `sip:${sentBy}${param}`;
  // A SIPS URI means TLS by itself (RFC 3261 §26.2.2), and `transport=ws` secure WebSocket (RFC 7118 §5.5).
  const secureContact = `sips:${sentBy}${transport.uriParam === 'wss' ? ';transport=ws' : ''}`;
  return { sentBy, contact, secureContact: transport.secure ? secureContact : contact };
}
