/** What a caller wants of a number, and by which enumservices he gets it, in lower case. */
export type Wanted = ReadonlySet<string>;

/** `sip` (RFC 3764) carries everything; `pres` (RFC 3953) and `im` (RFC 5028) what they are for. */
const always: Wanted = new Set(['sip']);
const forPresence: Wanted = new Set(['sip', 'pres']);
const forMessages: Wanted = new Set(['sip', 'im']);

export function wantedBy(method: string): Wanted {
  if (method === 'MESSAGE') return forMessages;
  return method === 'SUBSCRIBE' || method === 'PUBLISH' ? forPresence : always;
}

/**
 * Whether a services field offers one of these: `E2U+sip`, compounds such as `E2U+voice:tel+sip`, and the obsolete
 * `sip+E2U` (RFC 6116 §3.4.3, §5.2). Types that begin with `P-` or `X-` are not among ours.
 */
export function offers(services: string, wanted: Wanted): boolean {
  const parts = services.toLowerCase().split('+');
  const marker = parts.indexOf('e2u');
  if (marker !== 0 && marker !== parts.length - 1) return false;
  return parts.some((part, at) => at !== marker && wanted.has(part.split(':', 1)[0] ?? ''));
}
