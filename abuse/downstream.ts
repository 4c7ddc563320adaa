import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Meter } from '../kernel/meter.ts';
import type { DownstreamControl, RequestInBrief } from '../sip-stack/downstream-control.ts';
import type { Flow, Peer } from '../sip-stack/flow.ts';
import type { Params } from '../sip-stack/wire/params.ts';
import { parseUri, type SipUri } from '../sip-stack/wire/uri.ts';
import { createLoss, type Loss } from './loss.ts';
import { neverRefused, type Priority } from './priority.ts';

/** What a peer asked for last (RFC 7339 §5.4). */
interface Restriction {
  share: number;
  seq: number;
  until: number;
  readonly loss: Loss;
}

const announcement = ';oc;oc-algo="loss"';
/** Held to when a peer names none (RFC 7339 §4.3), and at most. */
const validityDefault = 500;
const validityMax = 60_000;
/** A number so much lower than the last is one that began anew, not one that was late (RFC 7339 §4.4). */
const begunAnew = 3600;

/**
 * The client side of overload control: tells the peers of `announces` that we can send less, and does what they say. What is
 * spared is to its sender a destination that failed: the next one is tried (RFC 7339 §5.10).
 */
export function createDownstream(deps: {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly announces: (flow: Flow) => boolean;
  /** Whether a Request-URI is an emergency call. */
  readonly isEmergency: (uri: SipUri) => boolean;
}): DownstreamControl {
  const { clock, announces } = deps;
  /** By address and port of the peer (RFC 7339 §5.4). */
  const peers = new Map<string, Restriction>();
  const spared = deps.meter.counter('pharos_overload_spared_total', 'Requests not sent since the peer asked for fewer');

  const restrictionOf = (key: string): Restriction => {
    const known = peers.get(key);
    if (known !== undefined) return known;
    if (peers.size >= limits.peersRememberedMax) peers.clear();
    const restriction: Restriction = { share: 0, seq: -1, until: 0, loss: createLoss() };
    peers.set(key, restriction);
    return restriction;
  };

  const priorityOf = (request: RequestInBrief): Priority => {
    const uri = parseUri(request.uri);
    if (neverRefused.has(request.method) || (uri.ok && deps.isEmergency(uri.value))) return 'emergency';
    return request.method === 'NOTIFY' || hasToTag(request.headerText) ? 'established' : 'ordinary';
  };

  return {
    announcement: (flow) => (announces(flow) ? announcement : ''),
    spares(request, peer) {
      if (peers.size === 0) return false;
      const restriction = peers.get(keyOf(peer));
      if (restriction === undefined || restriction.until <= clock.now()) return false;
      if (!restriction.loss.leavesOut(restriction.share, priorityOf(request))) return false;
      spared.add();
      return true;
    },
    onResponse(via, flow) {
      if (!announces(flow)) return;
      const said = readRestriction(via.params);
      if (said === undefined) return;
      if (said.validity === 0 && !peers.has(keyOf(flow.remote))) return;
      const restriction = restrictionOf(keyOf(flow.remote));
      const isLate = said.seq < restriction.seq && restriction.seq - said.seq < begunAnew;
      if (isLate || said.seq === restriction.seq) return;
      restriction.seq = said.seq;
      restriction.share = said.share;
      restriction.until = clock.now() + said.validity;
    },
  };
}

const hasToTag = (headerText = ''): boolean => /^(?:to|t)[ \t]*:[^\r\n]*;[ \t]*tag=/im.test(headerText);

const keyOf = ({ host, port }: Peer): string => `${host}:${String(port)}`;

/** What the parameters of a response ask for; undefined when they ask nothing that we understand (RFC 7339 §4). */
function readRestriction(
  params: Params,
): { readonly share: number; readonly seq: number; readonly validity: number } | undefined {
  const oc = params.get('oc');
  if (oc === undefined || !/^\d{1,3}$/.test(oc) || Number(oc) > 100) return undefined;
  if (params.get('oc-algo')?.trim().toLowerCase() !== 'loss') return undefined;
  const validity = params.get('oc-validity');
  const length = validity === undefined || !/^\d{1,9}$/.test(validity) ? validityDefault : Number(validity);
  const seq = params.get('oc-seq') ?? '';
  // The first words of a server that restricts nothing may come without a number, as in the example of §6.
  if (!/^\d{1,12}\.\d{1,5}$/.test(seq) && length > 0) return undefined;
  return { share: Number(oc) / 100, seq: Number(seq), validity: Math.min(length, validityMax) };
}
