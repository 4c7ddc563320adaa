import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activitiesOf } from '../../../pidf/rpid.ts';
import type { PresenceDocument } from '../../../pidf/document.ts';
import { readPidf } from '../../../pidf/read.ts';
import { writePidf } from '../../../pidf/write.ts';
import { compose } from '../../../presence/compose.ts';
import type { Contribution } from '../../../presence/contribution.ts';
import { createPresenceSchema } from '../../support/xsd.ts';

const entity = 'sip:alice@example.com';

function contribution(id: string, changedAt: number, inner: string, createdAt = changedAt): Contribution {
  const read = readPidf(
    Buffer.from(
      `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${entity}">${inner}</presence>`,
    ),
  );
  if (!read.ok) throw new Error(read.fault.text);
  return { id, createdAt, changedAt, publishedBytes: inner.length, document: read.value };
}

const tuple = (id: string, basic: string, rest = ''): string =>
  `<tuple id="${id}"><status><basic>${basic}</basic></status>${rest}</tuple>`;
const person = (id: string, inner: string): string => `<dm:person id="${id}">${inner}</dm:person>`;
const doing = (name: string): string => `<rpid:activities><rpid:${name}/></rpid:activities>`;
const device = (id: string, deviceId: string, note: string): string =>
  `<dm:device id="${id}"><dm:deviceID>${deviceId}</dm:deviceID><dm:note>${note}</dm:note></dm:device>`;

function composed(...contributions: readonly Contribution[]): PresenceDocument {
  const document = compose(entity, contributions);
  assert.ok(document !== undefined);
  return document;
}

test('nothing published is nothing composed', () => {
  assert.equal(compose(entity, []), undefined);
});

test('one publication stays as it was written', () => {
  const only = contribution('x', 1, person('p', doing('away')) + tuple('t', 'open') + device('d', 'urn:1', 'n'));
  assert.deepEqual(composed(only), only.document);
});

test('devices with equal tuple ids are told apart by publication (RFC 4479 §3.5; COMPAT baresip)', () => {
  const phone = contribution('A', 1, tuple('t4109', 'open'));
  const laptop = contribution('B', 2, tuple('t4109', 'open'));
  const ids = (document: PresenceDocument): readonly string[] => document.tuples.map(({ id }) => id);
  const [newer, older] = ids(composed(phone, laptop));
  assert.equal(older, 't4109', 'the older publication keeps its id');
  assert.match(newer ?? '', /^t4109-[0-9a-z]+$/);
  // The phone changes: the order does, the ids do not.
  assert.deepEqual(ids(composed({ ...phone, changedAt: 3 }, laptop)), ['t4109', newer]);
});

test('ids that collide across kinds, and within one publication, are made unique', () => {
  const document = composed(contribution('A', 1, tuple('x', 'open') + tuple('x', 'closed') + person('x', '')));
  const ids = [...document.tuples, ...document.persons].map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  assert.equal(ids[0], 'x');
  assert.deepEqual(createPresenceSchema()(writePidf(document)), []);
});

test('no part of a publication’s secret name is shown', () => {
  const secret = 'kXbQ9s0TtyS3cr3t';
  const document = composed(contribution('A', 1, tuple('t', 'open')), contribution(secret, 2, tuple('t', 'open')));
  assert.doesNotMatch(writePidf(document).toString(), new RegExp(secret.slice(0, 5)));
});

test('open services come before closed ones, then the newest first (COMPAT baresip, libpurple)', () => {
  const document = composed(
    contribution('A', 1, tuple('a1', 'closed') + tuple('a2', 'open')),
    contribution('B', 2, tuple('b', 'open')),
    contribution('C', 3, tuple('c', 'closed')),
  );
  assert.deepEqual(
    document.tuples.map(({ id }) => id),
    ['b', 'a2', 'c', 'a1'],
  );
});

test('persons of several publications are one, the newest word on each characteristic counting (RFC 4479 §3.5)', () => {
  const document = composed(
    contribution('A', 1, person('pa', `${doing('away')}<rpid:mood><rpid:happy/></rpid:mood><dm:note>old</dm:note>`)),
    contribution('B', 2, person('pb', doing('on-the-phone'))),
  );
  const [only, ...others] = document.persons;
  assert.equal(others.length, 0);
  assert.equal(only?.id, 'pa', 'the id of the oldest publication, which stays the same when others change');
  assert.deepEqual(activitiesOf(only.extensions)?.names, ['on-the-phone']);
  assert.deepEqual(
    only.extensions.map(({ local }) => local),
    ['activities', 'mood'],
  );
  assert.deepEqual(
    only.notes.map(({ text }) => text),
    ['old'],
  );
  assert.doesNotMatch(writePidf(document).toString(), /away/);
});

test('several persons of one publication alone stay several (RFC 4479 §3.5)', () => {
  const document = composed(contribution('A', 1, person('p', doing('away')) + person('q', doing('busy'))));
  assert.deepEqual(
    document.persons.map(({ id }) => id),
    ['p', 'q'],
  );
});

test('a device is described by whoever spoke of it last (RFC 4479 §3.4)', () => {
  const document = composed(
    contribution('A', 1, device('d', 'urn:1', 'old') + device('e', 'urn:2', 'other')),
    contribution('B', 2, device('d', 'urn:1', 'new')),
  );
  assert.deepEqual(
    document.devices.map(({ deviceId, notes }) => [deviceId, notes[0]?.text]),
    [
      ['urn:1', 'new'],
      ['urn:2', 'other'],
    ],
  );
});

test('notes and unknown extensions are united, equal notes once', () => {
  const document = composed(
    contribution('A', 1, '<note>here</note><note>same</note><x:y xmlns:x="urn:x"/>'),
    contribution('B', 2, '<note>same</note><x:z xmlns:x="urn:z"/>'),
  );
  assert.deepEqual(
    document.notes.map(({ text }) => text),
    ['same', 'here'],
  );
  assert.deepEqual(
    document.extensions.map(({ namespace }) => namespace),
    ['urn:z', 'urn:x'],
  );
});

test('composes and writes hostile publications in bounded time', () => {
  const many = (count: number, make: (number: number) => string): string =>
    Array.from({ length: count }, (_, n) => make(n)).join('');
  const documents = [
    many(1_500, () => tuple('a', 'open').replace('<basic>open</basic>', '')),
    many(2_400, (n) => `<note>${String(n)}</note>`),
    many(600, (n) => device('d', String(n), '')),
    many(2_400, (n) => `<a xmlns="u${String(n)}"/>`),
    person(
      'p',
      many(2_400, (n) => `<a xmlns="u${String(n)}"/>`),
    ),
  ];
  for (const inner of documents) {
    const contributions = Array.from({ length: 32 }, (_, n) =>
      contribution(`x${String(n)}`, n, inner.replaceAll('"u', `"u${String(n)}-`)),
    );
    const before = process.cpuUsage();
    writePidf(composed(...contributions));
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 3_000_000, `${String(user + system)} µs`);
  }
});
