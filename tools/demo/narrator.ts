import { presenceInWords } from './presence-text.ts';
import type { Observer } from './user-agent.ts';

/** Tells a story on a screen: chapters, sentences, messages in short form, and checks that decide the exit status. */
export interface Narrator {
  chapter(title: string, ...sentences: readonly string[]): void;
  /** Shows the messages of one device under this name. */
  observer(device: string): Observer;
  /** A fact that must be true for the demo to have worked. */
  check(fact: string, isTrue: boolean): void;
  readonly failed: number;
  readonly passed: number;
}

/** Headers worth showing of a message, in this order; everything else is left out of the short form. */
const shownHeaders = ['event', 'expires', 'contact', 'sip-if-match', 'sip-etag', 'subscription-state', 'min-expires'];

/** @param colour whether the screen understands ANSI colours */
export function createNarrator(say: (line: string) => void, colour: boolean): Narrator {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let chapters = 0;
  let passed = 0;
  let failed = 0;
  return {
    chapter(title, ...sentences) {
      chapters += 1;
      say('');
      say(paint('1', `${String(chapters)}. ${title}`));
      for (const sentence of sentences) say(`   ${sentence}`);
      say('');
    },
    observer: (device) => (direction, text) => {
      const arrow = direction === 'sent' ? '──▶ server' : '◀── server';
      const [start, ...details] = shortForm(text);
      say(`   ${device.padEnd(13)} ${paint(direction === 'sent' ? '36' : '33', arrow)}   ${start ?? ''}`);
      for (const detail of details) say(`   ${' '.repeat(27)}${paint('2', detail)}`);
    },
    check(fact, isTrue) {
      if (isTrue) passed += 1;
      else failed += 1;
      say(isTrue ? paint('32', `   ✓ ${fact}`) : paint('31', `   ✗ NOT SO: ${fact}`));
    },
    get failed() {
      return failed;
    },
    get passed() {
      return passed;
    },
  };
}

/** The first line, then at most two lines of what matters in it. */
function shortForm(text: string): readonly string[] {
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...headers] = text.slice(0, end).split('\r\n');
  const body = text.slice(end + 4);
  const values = new Map(
    headers.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const shown = shownHeaders.flatMap((name) => {
    const value = values.get(name);
    return value === undefined || (name === 'contact' && !showsContact(start, values))
      ? []
      : [`${canonical(name)}: ${value}`];
  });
  if (values.has('authorization')) shown.push('Authorization: (digest made from the password)');
  if (values.has('www-authenticate')) shown.push('WWW-Authenticate: (a puzzle that only the password solves)');
  const method = (values.get('cseq') ?? '').split(' ')[1] ?? '';
  const first = start.startsWith('SIP/2.0') ? `${start.slice(8)}   (to ${method})` : start.replace(/ SIP\/2\.0$/, '');
  return [
    first,
    ...(shown.length === 0 ? [] : [shown.join('   ')]),
    ...(body === '' ? [] : [`body: ${presenceInWords(body)}`]),
  ];
}

/** A Contact says something new in a registration only. */
const showsContact = (start: string, values: ReadonlyMap<string, string>): boolean =>
  start.startsWith('REGISTER') || (values.get('cseq') ?? '').endsWith('REGISTER');

const canonical = (name: string): string =>
  name === 'sip-etag'
    ? 'SIP-ETag'
    : name
        .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
        .replace('Sip-', 'SIP-');
