import { utf8Slice } from '../sip-stack/wire/bytes.ts';
import { parseNameAddr } from '../sip-stack/wire/name-addr.ts';
import type { FollowedMessage } from './followers.ts';

/** Most characters of a Call-ID, an address and a start line in a line for people. */
const callIdMax = 24;
const addressMax = 48;
const startLineMax = 80;

/**
 * A message as one line for people:
 *
 *     12:00:00.123 <- udp 192.0.2.7:5060     REGISTER sip:example.org   alice@example.org > alice@example.org   a84b4c76e66710
 *
 * The arrow points at us for what was received.
 */
export function messageLine(message: FollowedMessage): string {
  const arrow = message.direction === 'received' ? '<-' : '->';
  const { kind, status, method, startLine } = message;
  const said = kind === 'response' ? `${startLine} (${method})` : kind === 'malformed' ? `? ${startLine}` : startLine;
  const way = `${message.time.slice(11, 23)} ${arrow} ${message.transport.padEnd(3)} ${message.remote.padEnd(21)}`;
  const persons = kind === 'malformed' ? '' : ` ${addressOf(message.from)} > ${addressOf(message.to)}`;
  const color = status >= 300 ? '!' : ' ';
  return readable(
    `${way}${color}${shortened(said, startLineMax).padEnd(32)}${persons} ${shortened(message.callId, callIdMax)}`,
  );
}

/** A whole message for people, after a line that says whence and whither. */
export function wholeMessage(message: FollowedMessage): string {
  const arrow = message.direction === 'received' ? '<-' : '->';
  const head = `--- ${message.time} ${message.local} ${arrow} ${message.remote} ${message.transport}`;
  return `${head}\n${readable((message.message ?? '').replaceAll('\r\n', '\n')).trimEnd()}\n`;
}

/** `alice@example.org` of a From or To. */
function addressOf(value: string): string {
  const parsed = parseNameAddr(value);
  if (!parsed.ok) return shortened(value, addressMax);
  const { text, scheme } = parsed.value.uri;
  const bare = text.slice(scheme.length + 1).split(/[;?]/, 1)[0] ?? '';
  return shortened(scheme === 'sip' ? bare : `${scheme}:${bare}`, addressMax);
}

const shortened = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}~`);

/** Characters instead of bytes, and nothing that moves the cursor or rings the bell of a terminal. */
function readable(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return utf8Slice(bytes, 0, bytes.length).replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '.');
}
