import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import type { EventPackage, SubHandling, SubscriptionFacts, Watcher } from '../../../events/package.ts';
import { createPresencePackage } from '../../../event-packages/presence.ts';
import type { Aor } from '../../../kernel/aor.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { Rules } from '../../../presence/rules.ts';
import { presenceSection } from '../../../presence/settings.ts';
import type { PresenceConfig } from '../../../presence/settings.ts';
import type { PublishedState } from '../../../presence/sources.ts';
import type { Refusal } from '../../../sip-stack/reply.ts';
import { canonicalAor } from '../../../sip-stack/wire/aor.ts';
import { createPresenceSchema } from '../../support/xsd.ts';

const alice = aorFromStore('sip:alice@example.com');
const bob: Watcher = { kind: 'known', aor: aorFromStore('sip:bob@example.com') };
const type = 'application/pidf+xml';

const pidf = (entity: string, basic = 'open'): string =>
  `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="t"><status><basic>${basic}</basic></status></tuple></presence>`;

function presence(
  config: Partial<PresenceConfig> = {},
  rows: readonly PublishedState[] = [],
  rules?: Rules,
): EventPackage {
  const users = {
    localAor: (uri: Parameters<typeof canonicalAor>[0]): Aor | undefined => {
      const aor = canonicalAor(uri);
      if (aor.endsWith('@192.0.2.1')) return aorFromStore(aor.replace('192.0.2.1', 'example.com'));
      return aor.endsWith('@example.com') ? aor : undefined;
    },
    has: (aor: Aor) => aor === alice,
  };
  const deps = { publications: { of: () => rows }, users, log: silentLog };
  return createPresencePackage(rules === undefined ? deps : { ...deps, rules }, {
    ...defaultsOf(presenceSection),
    ...config,
  });
}

const facts = (askedUri: string = alice, watcher: Watcher = bob): SubscriptionFacts => ({
  resource: alice,
  watcher,
  askedUri,
  contentType: type,
  eventParams: new Map(),
  userAgent: undefined,
});

const published = (body: string): PublishedState => ({
  id: 'x',
  contentType: type,
  body: Buffer.from(body).toString('latin1'),
  createdAt: 1,
  changedAt: 1,
});

const refusalOf = (body: string | Buffer, contentType = type): Refusal | undefined =>
  presence().publication?.check(alice, { contentType, bytes: Buffer.from(body) });

test('takes a presence document about the published resource (RFC 3903 §6 step 5)', () => {
  assert.equal(refusalOf(pidf(alice)), undefined);
  assert.equal(refusalOf(`\ufeff<?xml version="1.0" encoding="UTF-8"?>${pidf(alice)}`), undefined);
  assert.equal(refusalOf(pidf(alice), 'Application/PIDF+xml; charset="utf-8"'), undefined);
});

test('refuses what would be too large to be shown once it is written by our rules (RFC 3903 §6 step 5)', () => {
  const quoting = (quotes: number): string =>
    pidf(alice).replace('<status>', `<status><x:y xmlns:x="urn:x" z='${'"'.repeat(quotes)}'/>`);
  assert.equal(refusalOf(quoting(20_000)), undefined);
  assert.equal(refusalOf(quoting(30_000))?.status, 413);
});

test('scheme, case, escapes and port of the entity are no difference (RFC 3859 §3.2)', () => {
  for (const entity of [
    'pres:alice@example.com',
    'sips:alice@EXAMPLE.com',
    'sip:alice@example.com:5070',
    'sip:%61lice@example.com',
    'SIP:alice@example.com;transport=tcp',
    'sip:alice@192.0.2.1',
  ]) {
    assert.equal(refusalOf(pidf(entity)), undefined, entity);
  }
});

test('refuses a document about somebody else (RFC 3903 §6)', () => {
  for (const entity of [
    'sip:bob@example.com',
    'sip:alice@example.org',
    'sip:Alice@example.com',
    'mailto:alice@example.com',
    'alice',
    '::',
  ]) {
    assert.equal(refusalOf(pidf(entity))?.status, 400, entity);
  }
});

test('a fault is named with its place in a Warning (RFC 3261 §20.43)', () => {
  const refusal = refusalOf(
    '<presence xmlns="urn:ietf:params:xml:ns:pidf"\n entity="sip:alice@example.com">\n <tuple/></presence>',
  );
  assert.equal(refusal?.status, 400);
  assert.deepEqual(refusal.headers, [['Warning', '399 pharos "Malformed PIDF: tuple without id at 3:2"']]);
  assert.match(refusalOf('<presence>')?.reason ?? '', /^Malformed XML: the end of <presence> is missing at 1:11$/);
});

test('other types, encodings and emptiness are refused with what would do (RFC 3903 §6 step 5)', () => {
  assert.equal(refusalOf(pidf(alice), 'text/plain')?.status, 415);
  assert.equal(refusalOf(pidf(alice), `${type};charset=utf-16`)?.status, 415);
  assert.equal(refusalOf(Buffer.from(`\ufeff${pidf(alice)}`, 'utf16le'))?.status, 415);
  assert.deepEqual(refusalOf(`<?xml version="1.0" encoding="koi8-r"?>${pidf(alice)}`)?.headers, [
    ['Accept', `${type};charset=UTF-8`],
  ]);
  assert.equal(refusalOf('')?.status, 400);
  assert.equal(refusalOf(`<!DOCTYPE presence>${pidf(alice)}`)?.status, 400);
  assert.equal(refusalOf('<a>'.repeat(100))?.status, 413);
});

test('without rules the configured handling holds, and one always sees oneself (RFC 3856 §6.6.2)', () => {
  const handlings: readonly SubHandling[] = ['allow', 'confirm', 'block'];
  for (const defaultHandling of ['allow', 'confirm', 'block'] as const) {
    const eventPackage = presence({ defaultHandling });
    assert.ok(handlings.includes(defaultHandling));
    assert.equal(eventPackage.authorize(bob, alice), defaultHandling);
    assert.equal(eventPackage.authorize({ kind: 'anonymous' }, alice), defaultHandling);
    assert.equal(eventPackage.authorize({ kind: 'known', aor: alice }, alice), 'allow');
  }
});

test('unknown users are refused or concealed, as configured (RFC 3261 §21.4.5)', () => {
  const nobody = aorFromStore('sip:nobody@example.com');
  assert.equal(presence().admit(nobody)?.status, 404);
  assert.equal(presence({ unknownUsers: 'conceal' }).admit(nobody), undefined);
  assert.equal(presence().admit(alice), undefined);
});

test('the entity is the URI that was asked for, byte for byte (COMPAT linphone)', () => {
  const render = (askedUri: string): string =>
    presence({}, [published(pidf(alice))])
      .render(facts(askedUri), 'allow')
      ?.bytes.toString() ?? '';
  assert.match(render('sip:%61lice@Example.COM:5060'), /entity="sip:%61lice@Example.COM:5060"/);
  assert.match(render(''), /entity="sip:alice@example.com"/);
  assert.match(render('sip:a"&<@x'), /entity="sip:a&quot;&amp;&lt;@x"/);
});

test('somebody of whom nothing is published is closed, in the shape that a polite block shows (RFC 3856 §6.6.2)', () => {
  const offline = presence().render(facts(), 'allow');
  const blocked = presence({}, [published(pidf(alice))]).render(facts(), 'polite-block');
  assert.match(offline?.bytes.toString() ?? '', /entity="sip:alice@example.com".*<basic>closed<\/basic>/);
  assert.deepEqual(blocked, offline);
  assert.deepEqual(createPresenceSchema()(offline?.bytes ?? Buffer.alloc(0)), []);
});

test('a pending watcher gets no body (RFC 3856 §6.6.2)', () => {
  assert.equal(presence({}, [published(pidf(alice))]).render(facts(), 'confirm'), undefined);
});

test('watchers who asked alike share a view; another URI or handling is another view', () => {
  const unit = presence();
  const view: typeof unit.view = (asked, handling) => unit.view(asked, handling);
  const carol: Watcher = { kind: 'known', aor: aorFromStore('sip:carol@example.com') };
  assert.equal(view(facts(), 'allow'), view(facts(alice, carol), 'allow'));
  const views = [
    view(facts(), 'allow'),
    view(facts(), 'polite-block'),
    view(facts(), 'confirm'),
    view(facts('sip:alice@example.com:5060'), 'allow'),
  ];
  assert.equal(new Set(views).size, 4);
});

test('rules decide before the default, and their transformation shapes view and body (RFC 5025 §3.3)', () => {
  const rules: Rules = {
    decide: (watcher) =>
      watcher.kind === 'anonymous'
        ? undefined
        : {
            handling: 'allow',
            transformation: { name: 'no-tuples', apply: (document) => ({ ...document, tuples: [] }) },
          },
  };
  const eventPackage = presence({ defaultHandling: 'block' }, [published(pidf(alice))], rules);
  assert.equal(eventPackage.authorize(bob, alice), 'allow');
  assert.equal(eventPackage.authorize({ kind: 'anonymous' }, alice), 'block');
  assert.doesNotMatch(eventPackage.render(facts(), 'allow')?.bytes.toString() ?? '', /tuple/);
  const self = facts(alice, { kind: 'known', aor: alice });
  assert.match(eventPackage.render(self, 'allow')?.bytes.toString() ?? '', /tuple/);
  assert.notEqual(eventPackage.view(facts(), 'allow'), eventPackage.view(self, 'allow'));
});

test('text-matching clients find what they look for (COMPAT baresip, libpurple)', () => {
  const body = `<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" xmlns:d="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@example.com"><d:person id="p4159"><r:activities><r:away></r:away></r:activities></d:person><p:tuple id="t4109"><p:status><p:basic> open </p:basic></p:status></p:tuple></p:presence>`;
  const text =
    presence({}, [published(body)])
      .render(facts(), 'allow')
      ?.bytes.toString() ?? '';
  assert.match(text, /<basic>open<\/basic>/);
  assert.match(text, /<rpid:away\/>/);
});
