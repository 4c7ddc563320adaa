import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instant } from '../../../kernel/clock.ts';
import { type ReginfoContact, writeReginfo } from '../../../registrar/reginfo.ts';
import type { Binding } from '../../../registrar/tables.ts';
import { elementsOf, textOf, type XmlElement } from '../../../xml/element.ts';
import { readXml } from '../../../xml/read.ts';
import { createRegistrationSchema, vectors } from '../../support/xsd.ts';

const faults = createRegistrationSchema();
const folder = new URL('reginfo/', vectors);
const example = (name: string): Buffer => readFileSync(new URL(name, folder));

const now = instant(100_000_000);
const ago = (seconds: number): number => now - seconds * 1000;
const binding = (parts: Partial<Binding>): Binding => ({
  aor: 'sip:user@example.com',
  id: '76',
  contact: 'sip:user@192.0.2.1',
  params: '',
  q: null,
  callId: 'c',
  cseq: 1,
  expiresAt: now,
  registeredAt: now,
  refreshedAt: now,
  path: '',
  instance: null,
  regId: null,
  flow: '',
  received: '192.0.2.1:5060',
  userAgent: null,
  ...parts,
});
const active = (parts: Partial<Binding>, gruus?: ReginfoContact['gruus']): ReginfoContact => ({
  binding: binding(parts),
  event: 'registered',
  state: 'active',
  gruus,
});
const write = (aor: string, id: string, ...contacts: readonly ReginfoContact[]): Buffer =>
  Buffer.from(writeReginfo({ aor, id, at: now, version: '0' }, contacts));

/** Names, attributes and texts, without order of attributes, prefixes and white space. */
function meaning(bytes: Buffer, without: readonly string[] = []): unknown {
  const read = readXml(bytes);
  assert.ok(read.ok);
  const told = (element: XmlElement): unknown => ({
    name: `{${element.namespace}}${element.local}`,
    attributes: element.attributes
      .filter(({ local }) => !without.includes(local))
      .map(({ local, value }) => `${local}=${value}`)
      .sort(),
    children: elementsOf(element).map(told),
    text: elementsOf(element).length > 0 ? '' : textOf(element),
  });
  return told(read.value.root);
}

test('every published example is valid by the schemas we are judged with (RFC 3680 §5.4, RFC 5628 §9)', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.xml'));
  assert.equal(files.length, 5);
  for (const file of files) assert.deepEqual(faults(example(file)), [], file);
});

test('writes the example with an active and an ended contact (RFC 3680 §5.3)', () => {
  const written = write(
    'sip:user@example.com',
    'as9',
    active({ q: 800, contact: 'sip:user@pc887.example.com', registeredAt: ago(7322) }),
    {
      binding: binding({ id: '77', q: 500, contact: 'sip:user@university.edu', registeredAt: ago(3600) }),
      event: 'expired',
      state: 'terminated',
      gruus: undefined,
    },
  );
  assert.deepEqual(faults(written), []);
  // What the example leaves out is optional.
  assert.deepEqual(meaning(written, ['expires', 'callid', 'cseq']), meaning(example('rfc3680-01-reginfo.xml')));
});

test('writes the example of nobody registered (RFC 3680 §6)', () => {
  const written = write('sip:joe@example.com', 'a7');
  assert.deepEqual(faults(written), []);
  assert.deepEqual(meaning(written), meaning(example('rfc3680-02-reginfo.xml')));
});

test('writes the example with GRUUs (RFC 5628 §7)', () => {
  const written = write(
    'sip:user@example.com',
    'as9',
    active(
      {
        registeredAt: ago(36_001),
        expiresAt: now + 3_599_000,
        callId: '1j9FpLxk3uxtm8tn@192.0.2.1',
        cseq: 54_321,
        q: 800,
        params: ';+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"',
      },
      {
        publicGruu: 'sip:user@example.com;gr=hha9s8d-999a',
        temporary: { gruu: 'sip:8ffkas08af7fasklzi9@example.com;gr', firstCSeq: 54_301 },
      },
    ),
  );
  assert.deepEqual(faults(written), []);
  assert.deepEqual(meaning(written), meaning(example('rfc5628-01-reginfo.xml')));
});

test('the last contact that ends terminates the registration (RFC 3680 §4.7.1)', () => {
  const ended: ReginfoContact = { binding: binding({}), event: 'unregistered', state: 'terminated', gruus: undefined };
  assert.match(write('sip:a@h', 'r', ended).toString(), /<registration aor="sip:a@h" id="r" state="terminated">/);
});

test('whatever a client wrote, the document is valid (RFC 3680 §5.1)', () => {
  const hostile = [
    ';x;y="<&\\"\\\\>";z=%41',
    ';a="\u0000\u0001\u001f"',
    ';n="\xc3\xa9\xff"',
    ';b="]]>"',
    ';broken="',
    '',
  ];
  for (const params of hostile) {
    const written = write(
      'sip:a&<b@example.com',
      'r',
      active({ params, contact: 'sip:x@h;p=<"\u0001\xff>', callId: '"&<\u0002', cseq: 4_294_967_295 }),
    );
    assert.deepEqual(faults(written), [], params);
  }
  const text = write('sip:a@h', 'r', active({ params: ';n="\xc3\xa9";q2=a' })).toString('utf8');
  assert.match(text, /<unknown-param name="n">"é"<\/unknown-param><unknown-param name="q2">a<\/unknown-param>/);
});
