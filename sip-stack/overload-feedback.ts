import { segmentsOf } from './response-via.ts';
import type { WireText } from './wire/message.ts';
import { firstValueEnd } from './wire/via.ts';

/** What a response tells an upstream neighbour that can send less: `sip-stack/respond.ts` asks, abuse/ answers. */
export interface OverloadFeedback {
  /** Via parameters, each with its semicolon: `;oc=20;oc-algo="loss";oc-validity=500;oc-seq=...` (RFC 7339 §5.2). */
  parameters(): string;
}

/** Longest Via looked into: a host name, a branch and a few parameters. */
const viaMax = 1024;

/** Name of a Via parameter in lower case. */
const nameOf = (segment: string): string => (segment.split('=', 1)[0] ?? '').trim().toLowerCase();

const ours: ReadonlySet<string> = new Set(['oc', 'oc-algo', 'oc-validity', 'oc-seq']);

/** A class of algorithms among those a client lists: `oc-algo="loss,A"` (RFC 7339 §4.2). */
const listsLoss = (segment: string): boolean =>
  nameOf(segment) === 'oc-algo' &&
  segment
    .slice(segment.indexOf('=') + 1)
    .replaceAll('"', '')
    .split(',')
    .some((name) => name.trim().toLowerCase() === 'loss');

/** Whether the client that wrote this topmost Via can send less by the loss-based scheme (RFC 7339 §5.1). */
export function announcesOverloadControl(via: WireText): boolean {
  if (via.length > viaMax || !via.includes(';oc')) return false;
  const segments = segmentsOf(via);
  return segments.some((segment) => segment.trim().toLowerCase() === 'oc') && segments.some(listsLoss);
}

/** The Via with our parameters in place of those the client wrote; as it is when it announces nothing. */
export function withFeedback(via: WireText, feedback: OverloadFeedback): WireText {
  if (!announcesOverloadControl(via)) return via;
  const kept = segmentsOf(via).filter((segment) => !ours.has(nameOf(segment)));
  return kept.join(';') + feedback.parameters();
}

/** The header lines of a response that is sent on, its topmost Via with our parameters (RFC 7339 §5.11). */
export function relayedWithFeedback(headerText: WireText, feedback: OverloadFeedback): WireText {
  if (!headerText.includes(';oc')) return headerText;
  const line = /^(?:via|v)[ \t]*:[ \t]*/im.exec(headerText);
  if (line === null) return headerText;
  const start = line.index + line[0].length;
  const lineEnd = headerText.indexOf('\r\n', start);
  const text = headerText.slice(start, lineEnd < 0 ? headerText.length : lineEnd);
  const value = text.slice(0, firstValueEnd(text));
  return headerText.slice(0, start) + withFeedback(value, feedback) + headerText.slice(start + value.length);
}
