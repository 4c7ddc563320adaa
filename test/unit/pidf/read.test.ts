import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activitiesElement, activitiesOf, classOf, userInputOf } from '../../../pidf/rpid.ts';
import { cipidElement, contactInformationOf } from '../../../pidf/cipid.ts';
import { deviceIdElement, deviceIdsOf } from '../../../pidf/data-model.ts';
import type { PresenceDocument } from '../../../pidf/document.ts';
import { closedDocument } from '../../../pidf/document.ts';
import { readPidf } from '../../../pidf/read.ts';
import { writePidf } from '../../../pidf/write.ts';
import { createPresenceSchema } from '../../support/xsd.ts';

const open = '<status><basic>open</basic></status>';
const presence = (inner: string, attributes = 'entity="sip:alice@example.com"'): string =>
  `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" xmlns:c="urn:ietf:params:xml:ns:pidf:cipid" ${attributes}>${inner}</presence>`;

function good(inner: string): PresenceDocument {
  const read = readPidf(Buffer.from(presence(inner)));
  if (!read.ok) throw new Error(read.fault.text);
  return read.value;
}

function flaw(text: string): string {
  const read = readPidf(Buffer.from(text));
  assert.ok(!read.ok, 'the document was taken');
  assert.equal(read.fault.kind, 'schema');
  return read.fault.text;
}

const flaws: readonly (readonly [section: string, text: string, fault: RegExp])[] = [
  ['RFC 3863 §4.1.1', presence('', ''), /^presence without entity at 1:1$/],
  ['RFC 3863 §4.1.1', presence('', 'entity=" "'), /^presence without entity/],
  ['RFC 3863 §4.1.1', '<presence entity="sip:a@b"/>', /^the root element/],
  ['RFC 3863 §4.1.2', presence(`\n <tuple>${open}</tuple>`), /^tuple without id at 2:2$/],
  ['RFC 3863 §4.1.2', presence(`<tuple id="">${open}</tuple>`), /^tuple without id/],
  ['RFC 3863 §4.1.3', presence('<tuple id="t"/>'), /^tuple without status/],
  ['RFC 3863 §4.1.3', presence(`<tuple id="t">${open}${open}</tuple>`), /^a second status/],
  ['RFC 3863 §4.1.4', presence('<tuple id="t"><status><basic>away</basic></status></tuple>'), /^basic is neither/],
  ['RFC 3863 §4.1.4', presence('<tuple id="t"><status><basic/></status></tuple>'), /^basic is neither/],
  [
    'RFC 3863 §4.1.5',
    presence(`<tuple id="t">${open}<contact priority="2">sip:a</contact></tuple>`),
    /^contact priority/,
  ],
  ['RFC 3863 §4.1.7', presence(`<tuple id="t">${open}<timestamp>now</timestamp></tuple>`), /^timestamp is no date/],
  [
    'RFC 3863 §4.1.7',
    presence(`<tuple id="t">${open}<timestamp>2024-13-01T00:00:00Z</timestamp></tuple>`),
    /^timestamp/,
  ],
  ['RFC 4479 §6', presence('<dm:person/>'), /^person without id/],
  ['RFC 4479 §6', presence('<dm:device id="d"/>'), /^device without deviceID/],
];
for (const [section, text, fault] of flaws) {
  test(`refuses: ${fault.source.replace(/[\\^$]/g, '')} (${section})`, () => {
    assert.match(flaw(text), fault);
  });
}

test('takes parts in any order and writes them in that of the schema (RFC 3863 §4.4)', () => {
  const document =
    good(`<dm:person id="p"><dm:timestamp>2024-01-01T00:00:00Z</dm:timestamp><r:mood/></dm:person><note>n</note>
    <tuple id="t"><note>m</note><contact>sip:a@b</contact>${open}<r:class>x</r:class></tuple>`);
  assert.match(
    writePidf(document).toString(),
    /<tuple id="t"><status>.*<\/status><rpid:class>x<\/rpid:class><contact>.*<note>m<\/note><\/tuple><note>n<\/note><dm:person id="p"><rpid:mood\/><dm:timestamp>/,
  );
});

test('puts a priority right that the schema would refuse, and keeps what it allows (RFC 3863 §4.1.5)', () => {
  for (const [written, kept] of [
    ['0.80', '0.80'],
    ['1.', '1.'],
    ['.5', '0.5'],
    ['0.12345', '0.123'],
    ['01', '1'],
  ] as const) {
    const [tuple] = good(`<tuple id="t">${open}<contact priority="${written}">sip:a</contact></tuple>`).tuples;
    assert.equal(tuple?.contact?.priority, kept);
  }
});

test('a tuple id that begins with a digit is taken as it is (RFC 4660 §6.1 prints such)', () => {
  assert.equal(good(`<tuple id="432sd">${open}</tuple>`).tuples[0]?.id, '432sd');
});

test('elements in the PIDF namespace that the schema does not know are left out', () => {
  const document = good(
    '<show>away</show><tuple id="t"><status><basic>open</basic><show>away</show></status><x/></tuple>',
  );
  assert.doesNotMatch(writePidf(document).toString(), /show|<x/);
});

test('reads activities, class and user input (RFC 4480 §3.2, §3.3, §3.13)', () => {
  const [person] = good(
    '<dm:person id="p"><r:activities from="2024-01-01T00:00:00Z"><r:note>n</r:note><r:away/><r:other>o</r:other></r:activities><r:class>c</r:class><r:user-input idle-threshold="60">idle</r:user-input></dm:person>',
  ).persons;
  const extensions = person?.extensions ?? [];
  assert.deepEqual(activitiesOf(extensions), {
    names: ['away'],
    others: ['o'],
    notes: ['n'],
    from: '2024-01-01T00:00:00Z',
    until: undefined,
  });
  assert.equal(classOf(extensions), 'c');
  assert.deepEqual(userInputOf(extensions), { state: 'idle', idleThreshold: '60', lastInput: undefined });
  assert.deepEqual([activitiesOf([]), classOf([]), userInputOf([])], [undefined, undefined, undefined]);
});

test('what is built here validates: activities, CIPID, deviceID, the closed document (RFC 4480 §5, RFC 4482 §5)', () => {
  const extensions = [activitiesElement(['on-the-phone']), cipidElement('display-name', 'Alice <3')];
  const document: PresenceDocument = {
    ...closedDocument('sip:alice@example.com'),
    persons: [{ id: 'p', extensions, notes: [], timestamp: undefined }],
    devices: [{ id: 'd', deviceId: 'urn:uuid:1', extensions: [], notes: [], timestamp: undefined }],
  };
  assert.deepEqual(createPresenceSchema()(writePidf(document)), []);
  assert.equal(contactInformationOf(extensions).displayName, 'Alice <3');
  assert.equal(contactInformationOf(extensions).card, undefined);
  assert.deepEqual(deviceIdsOf([deviceIdElement('urn:uuid:1')]), ['urn:uuid:1']);
  assert.match(writePidf(document).toString(), /<rpid:on-the-phone\/>/);
});

test('takes the basic status that baresip publishes at its start as none (RFC 3863 §4.1.4)', () => {
  for (const word of ['unknown', 'unkown']) {
    const read = readPidf(Buffer.from(presence(`<tuple id="t"><status><basic>${word}</basic></status></tuple>`)));
    assert.deepEqual(read.ok && read.value.tuples[0]?.status, { basic: undefined, extensions: [] });
  }
});
