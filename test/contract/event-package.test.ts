import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../config/section.ts';
import type { EventPackage, SubHandling, SubscriptionFacts } from '../../events/package.ts';
import { createEventPackages } from '../../event-packages/index.ts';
import { regSection } from '../../event-packages/settings.ts';
import { aorFromStore } from '../../kernel/aor.ts';
import { instant } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { presenceSection } from '../../presence/settings.ts';
import type { PublishedState } from '../../presence/sources.ts';
import { canonicalAor } from '../../sip-stack/wire/aor.ts';

const alice = aorFromStore('sip:alice@example.com');
const bob = { kind: 'known', aor: aorFromStore('sip:bob@example.com') } as const;

/** A body that each publishable package takes for alice. A package without entry here cannot be added unnoticed. */
const goodBodies: Readonly<Record<string, string>> = {
  presence:
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.com"><tuple id="t"><status><basic>open</basic></status></tuple></presence>',
};

const hostileBodies: readonly (readonly [title: string, bytes: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['NUL', Buffer.alloc(100)],
  ['noise', Buffer.from(Array.from({ length: 1000 }, (_, n) => (n * 7919) % 256))],
  ['an unclosed tag', Buffer.from('<a'.repeat(1000))],
  ['depth', Buffer.from('<a>'.repeat(20_000))],
  ['a document type', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')],
  ['another document', Buffer.from('<a/>')],
];

const state: { rows: readonly PublishedState[] } = { rows: [] };
const packages = createEventPackages(
  {
    presence: {
      publications: { of: () => state.rows },
      users: { localAor: canonicalAor, has: (aor) => aor === alice },
      log: silentLog,
    },
    reg: {
      registrations: {
        of: (aor) => ({ aor, at: instant(0), bindings: [], departures: [] }),
        gruusOf: () => undefined,
      },
      users: { has: (aor) => aor === alice },
    },
  },
  { presence: defaultsOf(presenceSection), reg: defaultsOf(regSection) },
);

const factsFor = (eventPackage: EventPackage, askedUri: string = alice): SubscriptionFacts => ({
  resource: alice,
  watcher: bob,
  askedUri,
  contentType: eventPackage.notifyBodies[0] ?? '',
  eventParams: new Map(),
  userAgent: undefined,
});
const mediaType = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/;
const handlings: readonly SubHandling[] = ['block', 'confirm', 'polite-block', 'allow'];

test('the list finds a package by name in any case, and no other (RFC 6665 §8.2.1; COMPAT linphone)', () => {
  assert.ok(packages.all.length > 0);
  assert.equal(new Set(packages.all.map(({ name }) => name)).size, packages.all.length);
  for (const eventPackage of packages.all) {
    assert.equal(packages.find(eventPackage.name), eventPackage);
    assert.equal(packages.find(eventPackage.name.toUpperCase()), eventPackage);
    assert.equal(packages.find(`${eventPackage.name}x`), undefined);
  }
  for (const name of ['', 'constructor', '__proto__']) assert.equal(packages.find(name), undefined);
});

for (const eventPackage of packages.all) {
  const { name } = eventPackage;

  test(`${name}: says what RFC 6665 §5.4 asks`, () => {
    assert.match(name, /^[a-z0-9-]+(\.[a-z0-9-]+)*(;[a-z0-9=]+)*$/);
    assert.match(eventPackage.defined, /^RFC \d{4}$|^draft-/);
    assert.ok(Number.isInteger(eventPackage.expiresDefault) && eventPackage.expiresDefault > 0);
    assert.ok(eventPackage.notifyBodies.length > 0);
    for (const type of eventPackage.notifyBodies) assert.match(type, mediaType);
  });

  test(`${name}: admits who exists, and refuses who does not (RFC 3261 §21.4.5)`, () => {
    assert.equal(eventPackage.admit(alice), undefined);
    assert.equal(eventPackage.admit(aorFromStore('sip:nobody@example.com'))?.status, 404);
  });

  test(`${name}: decides for every watcher, the same each time (RFC 6665 §5.4.6)`, () => {
    for (const watcher of [bob, { kind: 'known', aor: alice }, { kind: 'anonymous' }] as const) {
      const handling = eventPackage.authorize(watcher, alice);
      assert.ok(handlings.includes(handling));
      assert.equal(eventPackage.authorize(watcher, alice), handling);
    }
  });

  test(`${name}: equal views are equal bytes, of a type it has promised (RFC 6665 §5.4.7)`, () => {
    const facts = factsFor(eventPackage);
    for (const handling of handlings) {
      assert.equal(eventPackage.view(facts, handling), eventPackage.view({ ...facts }, handling));
      const [one, other] = [eventPackage.render(facts, handling), eventPackage.render({ ...facts }, handling)];
      assert.deepEqual(one, other);
      if (one !== undefined) assert.ok(eventPackage.notifyBodies.includes(one.contentType));
    }
    assert.ok(eventPackage.render(facts, 'allow') !== undefined, 'who is allowed gets a document');
  });

  test(`${name}: a polite block looks like having nothing to tell (RFC 3856 §6.6.2)`, () => {
    const facts = factsFor(eventPackage);
    assert.deepEqual(eventPackage.render(facts, 'polite-block'), eventPackage.render(facts, 'allow'));
  });

  const { publication } = eventPackage;
  if (publication === undefined) continue;
  const good = Buffer.from(goodBodies[name] ?? '');
  const contentType = publication.bodies[0] ?? '';

  test(`${name}: takes a good body and shows it to those allowed, not to those politely blocked (RFC 3903 §5)`, () => {
    for (const type of publication.bodies) assert.match(type, mediaType);
    assert.ok(Number.isInteger(publication.expiresDefault) && publication.expiresDefault > 0);
    assert.equal(publication.check(alice, { contentType, bytes: good }), undefined);
    const facts = factsFor(eventPackage);
    const before = eventPackage.render(facts, 'allow');
    state.rows = [{ id: 'x', contentType, body: good.toString('latin1'), createdAt: 1, changedAt: 1 }];
    assert.notDeepEqual(eventPackage.render(facts, 'allow'), before);
    assert.deepEqual(eventPackage.render(facts, 'polite-block'), before);
    assert.equal(eventPackage.render(facts, 'confirm'), undefined);
    state.rows = [];
    assert.deepEqual(eventPackage.render(facts, 'allow'), before);
  });

  test(`${name}: refuses a body about another resource, or of another type (RFC 3903 §6 step 5)`, () => {
    assert.equal(publication.check(bob.aor, { contentType, bytes: good })?.status, 400);
    assert.equal(publication.check(alice, { contentType: 'text/plain', bytes: good })?.status, 415);
  });

  for (const [title, bytes] of hostileBodies) {
    test(`${name}: answers a hostile body: ${title}`, () => {
      const refusal = publication.check(alice, { contentType, bytes });
      assert.ok([400, 413, 415].includes(refusal?.status ?? 0));
      assert.match(refusal?.reason ?? '', /^[ -~]{1,160}$/);
    });
  }
}
