/**
 * The header fields known by number. A number below `listsFrom` is of a field that may stand only once (RFC 3261 §7.3.1)
 * and that decides something here: a second line of it is refused.
 */
const singles = [
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Max-Forwards',
  'Content-Length',
  'Content-Type',
  'Expires',
  'Event',
  'SIP-If-Match',
  'SIP-ETag',
  'Subscription-State',
  'Refer-To',
  'Min-Expires',
  'Suppress-If-Match',
  'Session-Expires',
  'Content-Disposition',
  'RAck',
  'RSeq',
] as const;

const others = [
  'Contact',
  'Route',
  'Record-Route',
  'User-Agent',
  'Server',
  'Supported',
  'Require',
  'Proxy-Require',
  'Allow',
  'Allow-Events',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Authentication-Info',
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Accept-Contact',
  'Alert-Info',
  'Call-Info',
  'Content-Encoding',
  'Content-Language',
  'Date',
  'Error-Info',
  'Flow-Timer',
  'Geolocation',
  'History-Info',
  'Identity',
  'Identity-Info',
  'In-Reply-To',
  'Info-Package',
  'Join',
  'Min-SE',
  'MIME-Version',
  'Organization',
  'P-Access-Network-Info',
  'P-Asserted-Identity',
  'P-Associated-URI',
  'P-Called-Party-ID',
  'P-Charging-Vector',
  'P-Preferred-Identity',
  'P-Visited-Network-ID',
  'Path',
  'Permission-Missing',
  'Priority',
  'Privacy',
  'Reason',
  'Recv-Info',
  'Refer-Sub',
  'Referred-By',
  'Reject-Contact',
  'Replaces',
  'Reply-To',
  'Request-Disposition',
  'Retry-After',
  'Security-Client',
  'Security-Server',
  'Security-Verify',
  'Service-Route',
  'Subject',
  'Target-Dialog',
  'Timestamp',
  'Trigger-Consent',
  'Unsupported',
  'Warning',
] as const;

/** Compact forms (RFC 3261 §7.3.3 and the IANA registry). */
const compactForms: Readonly<Record<string, (typeof singles)[number] | (typeof others)[number]>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Number of a field that is not in the list. */
export const UNKNOWN = 0;
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const MAX_FORWARDS = 6;
export const CONTENT_LENGTH = 7;
export const CONTACT = singles.length + 1;

/** Numbers from here on may stand on several lines; below it only Via may. Those below fit the bits of a number. */
export const listsFrom = singles.length + 1;

/** Canonical spelling by number; index 0 is empty. */
const spellings: readonly string[] = ['', ...singles, ...others];

const numbers = new Map<string, number>(spellings.map((name, number) => [name.toLowerCase(), number]));

/** Number of a field by its long name in lower case; `UNKNOWN` when it has none. */
export const numberOf = (name: string): number => numbers.get(name) ?? UNKNOWN;

/** Canonical spelling of a number. */
export const spellingOf = (number: number): string => spellings[number] ?? '';

/** Lower case of a token character, 0 for any other byte. */
const folded = createFolded();

/** Names of one length and first letter stand in one chain: `heads` by (length, letter), `nexts` by number. */
const heads = new Uint8Array(32 * 32);
const nexts = new Uint8Array(spellings.length);
/** Lower-case bytes of each name. */
const bytesOf: readonly Uint8Array[] = spellings.map((name) => Buffer.from(name.toLowerCase(), 'latin1'));
/** Number by compact letter. */
const compact = new Uint8Array(32);

function createFolded(): Uint8Array {
  const table = new Uint8Array(256);
  for (const one of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") {
    table[one.charCodeAt(0)] = one.toLowerCase().charCodeAt(0);
  }
  return table;
}

const slotOf = (length: number, letter: number): number => ((length & 31) << 5) | (letter & 31);

// Filled from the end, so that the frequent names of a chain come first.
for (let number = spellings.length - 1; number > 0; number -= 1) {
  const bytes = bytesOf[number] ?? new Uint8Array(1);
  const slot = slotOf(bytes.length, bytes[0] ?? 0);
  nexts[number] = heads[slot] ?? 0;
  heads[slot] = number;
}
for (const [letter, name] of Object.entries(compactForms)) {
  compact[letter.charCodeAt(0) & 31] = numberOf(name.toLowerCase());
}

/** Position after the token that begins at `at`. */
export function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  let here = at;
  while (here < end && folded[bytes[here] ?? 0] !== 0) here += 1;
  return here;
}

/** Number of the field whose name, long or compact, stands in `bytes` from `at` up to `end`. */
export function numberAt(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  const letter = folded[bytes[at] ?? 0] ?? 0;
  if (length === 1) return letter > 0x60 ? (compact[letter & 31] ?? UNKNOWN) : UNKNOWN;
  let number = heads[slotOf(length, letter)] ?? 0;
  while (number !== 0 && !spells(bytes, at, length, number)) number = nexts[number] ?? 0;
  return number;
}

function spells(bytes: Uint8Array, at: number, length: number, number: number): boolean {
  const name = bytesOf[number];
  if (name === undefined || name.length !== length) return false;
  for (let offset = 0; offset < length; offset += 1) {
    if (folded[bytes[at + offset] ?? 0] !== name[offset]) return false;
  }
  return true;
}
