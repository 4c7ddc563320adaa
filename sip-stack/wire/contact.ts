import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { CONTACT } from './header-names.ts';
import { IndexedHeaders, lineStride } from './headers.ts';
import type { Headers } from './message.ts';
import type { NameAddr } from './name-addr.ts';
import { parseNameAddrList, scanNameAddrs } from './name-addr.ts';

/** What the Contact lines of a message say: `'*'` (RFC 3261 §10.2.2), or the addresses, none when there is no Contact. */
export type Contacts = Result<'*' | readonly NameAddr[], string>;

const none: Contacts = ok([]);

/** Reads all Contact lines; what they say is remembered with the message. */
export function parseContacts(headers: Headers): Contacts {
  if (!(headers instanceof IndexedHeaders)) return contactsOf(headers.all('contact'));
  headers.contacts ??= contactsIn(headers);
  return headers.contacts;
}

function contactsIn(headers: IndexedHeaders): Contacts {
  const first = headers.lineOf(CONTACT, 0);
  if (first < 0) return none;
  const contacts: NameAddr[] = [];
  for (let at = first; at >= 0; at = headers.lineOf(CONTACT, at + lineStride)) {
    const start = headers.startOf(at);
    const end = headers.endOf(at);
    if (headers.isFolded(at)) return contactsOf(headers.all('contact'));
    if (end - start === 1 && headers.bytes[start] === 0x2a) return contacts.length === 0 ? star(headers, at) : mixed;
    const fault = scanNameAddrs(headers, start, end, contacts);
    if (fault !== undefined) return fail(fault);
  }
  return ok(contacts);
}

const mixed: Contacts = fail('* beside other contacts');

const star = (headers: IndexedHeaders, at: number): Contacts =>
  headers.lineOf(CONTACT, at + lineStride) < 0 ? ok('*') : mixed;

const contactsOf = (lines: readonly string[]): Contacts =>
  lines.length === 1 && lines[0] === '*' ? ok('*') : parseNameAddrList(lines);
