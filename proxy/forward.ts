import type { ForwardedRequest } from '../sip-stack/forwarding.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import { stampVia } from '../sip-stack/response-via.ts';
import { lower } from '../sip-stack/wire/chars.ts';
import { MAX_FORWARDS, numberOf, UNKNOWN, VIA } from '../sip-stack/wire/header-names.ts';
import type { IndexedHeaders } from '../sip-stack/wire/headers.ts';
import { lineStride } from '../sip-stack/wire/headers.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { HeaderSection } from '../sip-stack/wire/section.ts';
import { lineEndOf, lineStartOf, missingLength, sectionOf } from '../sip-stack/wire/section.ts';
import { firstValueEnd, topViaText } from '../sip-stack/wire/via.ts';
import type { CollectedEdits } from './header-edits.ts';
import type { NextHop } from './next-hop.ts';

const ROUTE = numberOf('route');
/** Given to a request that has none (RFC 3261 §16.6 step 3), and none has more when it leaves. */
const hopsMax = 70;
const hopsAllowed = 255;
/** The most that one request may fork into at once, and what is given to one that does not say (RFC 5393 §5.3.3). */
export const breadthMax = 60;
const maxBreadth = 'max-breadth';

/** What is sent on of a request, for every branch of it alike. */
export interface Original {
  readonly incoming: IncomingRequest;
  readonly section: HeaderSection;
  /** The sender's Via with `received` and `rport` (RFC 3261 §18.2.1); undefined when it stays as it is. */
  readonly via: WireText | undefined;
  /** What the request may fork into at once (RFC 5393 §5.3.3). */
  readonly breadth: number;
  readonly loopHash: string;
}

export function originalOf(incoming: IncomingRequest, loopHash: string): Original {
  const { request, flow } = incoming;
  const section = sectionOf(request);
  const top = topViaText(request.headers);
  const via = top === undefined ? undefined : stampVia(top, request.via, flow.remote);
  return { incoming, section, via, breadth: breadthOf(section.headers), loopHash };
}

/** What the writing of one branch adds to the original. */
export interface BranchText {
  readonly hop: NextHop;
  /** Whether the Route lines are to be written anew. */
  readonly isRerouted: boolean;
  /** Complete lines of Record-Route or Path, to stand first. */
  readonly recorded: WireText;
  readonly breadth: number;
  readonly edits: CollectedEdits | undefined;
  /** As `ForwardedRequest.wayBack`. */
  readonly wayBack: WireText;
}

/**
 * Makes the request that goes on (RFC 3261 §16.6): one pass over the lines as received, in which only what must change is
 * written anew; everything else is copied as text, known or not.
 */
export function forwardedOf(original: Original, branch: BranchText): ForwardedRequest {
  const { request } = original.incoming;
  const { hop, edits, wayBack } = branch;
  edits?.begin();
  const front = branch.recorded + (branch.isRerouted ? routeLine(hop.routes) : '');
  const headerText =
    (edits?.before ?? '') + front + linesOf(original, branch) + (edits?.leftOver ?? '') + (edits?.after ?? '');
  return { method: request.method, uri: hop.uri, headerText, body: request.body, loopHash: original.loopHash, wayBack };
}

const routeLine = (routes: readonly WireText[]): WireText =>
  routes.length === 0 ? '' : `Route: ${routes.length === 1 ? (routes[0] ?? '') : routes.join(', ')}\r\n`;

function linesOf({ incoming, section, via }: Original, { isRerouted, breadth, edits }: BranchText): WireText {
  const { headers, start, end } = section;
  const { text, index } = headers;
  const changes = edits?.changesLines === true ? edits : undefined;
  let written = '';
  /** What comes from here on is not written yet. */
  let from = start;
  let sawVia = via === undefined;
  let sawHops = false;
  let sawBreadth = false;
  for (let at = 0; at < index.length; at += lineStride) {
    const number = headers.numberAt(at);
    if (number === VIA && !sawVia) {
      sawVia = true;
      const value = headers.startOf(at);
      written += text.slice(from, value) + String(via);
      from = value + firstEndIn(headers, at);
    } else if (number === MAX_FORWARDS) {
      sawHops = true;
      written += text.slice(from, headers.startOf(at)) + lessOne(headers, at);
      from = headers.endOf(at);
    } else if (number === ROUTE && isRerouted) {
      written += text.slice(from, lineStartOf(headers, at));
      from = lineEndOf(section, at);
    } else if (number === UNKNOWN && isMaxBreadth(headers, at)) {
      written += text.slice(from, lineStartOf(headers, at)) + (sawBreadth ? '' : breadthLine(breadth));
      from = lineEndOf(section, at);
      sawBreadth = true;
    } else if (changes !== undefined) {
      const instead = changes.insteadOf(headers, at);
      if (instead === undefined) continue;
      written += text.slice(from, lineStartOf(headers, at)) + instead;
      from = lineEndOf(section, at);
    }
  }
  written += text.slice(from, end);
  if (!sawHops) written += `Max-Forwards: ${String(hopsMax)}\r\n`;
  if (!sawBreadth) written += breadthLine(breadth);
  return written + missingLength(headers, incoming.request.body);
}

const breadthLine = (breadth: number): WireText => `Max-Breadth: ${String(breadth)}\r\n`;

/** Where the first value of a line ends, counted from its start; a folded one is not cut within. */
function firstEndIn(headers: IndexedHeaders, at: number): number {
  return firstValueEnd(headers.text.slice(headers.startOf(at), headers.endOf(at)));
}

/** Checked to be digits alone before it came here (validate.ts). */
const lessOne = (headers: IndexedHeaders, at: number): string =>
  String(Math.max(0, Math.min(hopsAllowed, Number(headers.valueAt(at))) - 1));

function isMaxBreadth(headers: IndexedHeaders, at: number): boolean {
  const name = headers.nameAt(at);
  return name.length === maxBreadth.length && lower(name) === maxBreadth;
}

/** Incoming Max-Breadth, at most ours; one that is no positive number counts as absent. */
function breadthOf(headers: IndexedHeaders): number {
  const value = Number(headers.first(maxBreadth) ?? breadthMax);
  return Number.isInteger(value) && value > 0 ? Math.min(value, breadthMax) : breadthMax;
}
