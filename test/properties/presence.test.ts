import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Device, Person } from '../../pidf/data-model.ts';
import type { PresenceDocument, Tuple } from '../../pidf/document.ts';
import type { Note } from '../../pidf/note.ts';
import { readPidf } from '../../pidf/read.ts';
import { activitiesElement } from '../../pidf/rpid.ts';
import { writePidf } from '../../pidf/write.ts';
import { compose } from '../../presence/compose.ts';
import type { Contribution } from '../../presence/contribution.ts';
import type { XmlElement } from '../../xml/element.ts';
import { attribute } from '../../xml/element.ts';
import { withoutPlaces } from '../support/trees.ts';
import { createPresenceSchema } from '../support/xsd.ts';

/** Text that XML can carry and white space does not blur: what the reader trims is trimmed. */
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.replace(/[\u0000-\u001f\ufffe\uffff]/g, '&<>"').trim())
  .filter((text) => text !== '');
const ids = fc.constantFrom('t4109', 'p4159', 'a', 'b', 'c', 'D-1');
const notes: fc.Arbitrary<readonly Note[]> = fc.array(
  fc.record({ text: words, language: fc.constantFrom(undefined, 'en', 'fr') }),
  { maxLength: 2 },
);
const timestamp = fc.constantFrom(undefined, '2024-03-01T10:00:00Z', '2005-05-30T22:02:44+05:00');

/** Extensions of other namespaces with attributes, nesting and mixed content; prefixes that clash on purpose. */
const foreign: fc.Arbitrary<XmlElement> = fc.letrec<{ readonly element: XmlElement }>((tie) => ({
  element: fc
    .record({
      namespace: fc.constantFrom('urn:x:1', 'urn:x:2', 'urn:x:3'),
      prefix: fc.constantFrom('', 'x', 'rpid', 'ns1', 'dm'),
      local: fc.constantFrom('one', 'two', 'three'),
      values: fc.array(words, { maxLength: 2 }),
      children: fc.oneof(
        fc.constant([]),
        words.map((text) => [text]),
        fc.array(tie('element'), { minLength: 1, maxLength: 2 }),
      ),
    })
    .map(({ namespace, prefix, local, values, children }) => ({
      namespace,
      prefix,
      local,
      attributes: values.map((value, at) =>
        at === 0 ? attribute('', 'v', value) : attribute('urn:x:9', 'w', value, 'x'),
      ),
      children,
      offset: -1,
      scope: undefined,
    })),
})).element;
const extensions = fc.array(foreign, { maxLength: 2 });

const tuples: fc.Arbitrary<Tuple> = fc.record({
  id: ids,
  status: fc.record({ basic: fc.constantFrom('open', 'closed', undefined), extensions }),
  contact: fc.option(
    fc.record({ uri: fc.constant('sip:alice@192.0.2.1'), priority: fc.constantFrom(undefined, '0.8', '1.0') }),
    {
      nil: undefined,
    },
  ),
  notes,
  timestamp,
  extensions,
});
const persons: fc.Arbitrary<Person> = fc.record({
  id: ids,
  extensions: fc
    .tuple(fc.constantFrom('away', 'busy', 'meal'), extensions)
    .map(([name, others]) => [activitiesElement([name]), ...others]),
  notes,
  timestamp,
});
const devices: fc.Arbitrary<Device> = fc.record({
  id: ids,
  deviceId: fc.constantFrom('urn:uuid:1', 'urn:uuid:2'),
  extensions,
  notes,
  timestamp,
});
const documents: fc.Arbitrary<PresenceDocument> = fc.record({
  entity: fc.constantFrom('sip:alice@example.com', 'pres:alice@example.com'),
  tuples: fc.array(tuples, { maxLength: 3 }),
  notes,
  persons: fc.array(persons, { maxLength: 2 }),
  devices: fc.array(devices, { maxLength: 2 }),
  extensions,
});
const contributions: fc.Arbitrary<readonly Contribution[]> = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    createdAt: fc.nat(3),
    changedAt: fc.nat(3),
    publishedBytes: fc.nat(1000),
    document: documents,
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 5 },
);

test('read(write(x)) = x for every presence document (RFC 3863 §4.4)', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const read = readPidf(writePidf(document));
      assert.ok(read.ok, read.ok ? '' : read.fault.text);
      assert.deepEqual(withoutPlaces(read.value), withoutPlaces(document));
    }),
    { numRuns: 300 },
  );
});

test('composition depends on the publications, not on the order of their arrival (RFC 3903 §3)', () => {
  fc.assert(
    fc.property(
      contributions.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        assert.deepEqual(compose('sip:a@b', shuffled), compose('sip:a@b', list));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is composed has unique ids, one person of several speakers, and is valid (RFC 4479 §3.5, §6)', () => {
  const faultsOf = createPresenceSchema();
  fc.assert(
    fc.property(contributions, (list) => {
      const document = compose('sip:a@b', list);
      assert.ok(document !== undefined);
      const occurrences = [...document.tuples, ...document.persons, ...document.devices].map(({ id }) => id);
      assert.equal(new Set(occurrences).size, occurrences.length);
      assert.equal(
        document.tuples.length,
        list.reduce((sum, { document: { tuples: own } }) => sum + own.length, 0),
      );
      const speakers = list.filter(({ document: { persons: own } }) => own.length > 0).length;
      if (speakers > 1) assert.equal(document.persons.length, 1);
      assert.deepEqual(faultsOf(writePidf(document)), []);
    }),
    { numRuns: 200 },
  );
});
