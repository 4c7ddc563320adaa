import type { Answer, Handler } from './incoming.ts';
import type { HeaderPair } from './wire/message.ts';

/** What this server can do, asked of those who know it (RFC 3261 §11.2). */
export interface Capabilities {
  /** Methods; `Dispatch.allow`. */
  readonly allow: () => readonly string[];
  /** Option tags; `Dispatch.supported`. */
  readonly supported: () => readonly string[];
  /** Body types taken in some request. */
  readonly accept: () => readonly string[];
  /** Content codings taken, `identity` not named. */
  readonly acceptEncoding: () => readonly string[];
  /** Event packages (RFC 6665 §8.2.2). */
  readonly allowEvents: () => readonly string[];
}

/** Answers OPTIONS for the server itself: 200 and what it can do, which is asked for once, when the server is complete. */
export function createOptions(capabilities: Capabilities): Handler {
  let answer: Answer | undefined;
  return () => (answer ??= { reply: { status: 200, headers: capabilityHeaders(capabilities) } });
}

function capabilityHeaders(capabilities: Capabilities): readonly HeaderPair[] {
  const allowEvents = capabilities.allowEvents();
  const headers: readonly HeaderPair[] = [
    ['Allow', capabilities.allow().join(', ')],
    ['Accept', capabilities.accept().join(', ')],
    // `identity` is always taken, and an empty Accept-Encoding would mean nothing else (RFC 3261 §20.2).
    ['Accept-Encoding', [...capabilities.acceptEncoding(), 'identity'].join(', ')],
    ['Accept-Language', 'en'],
    ['Supported', capabilities.supported().join(', ')],
  ];
  return allowEvents.length === 0 ? headers : [...headers, ['Allow-Events', allowEvents.join(', ')]];
}
