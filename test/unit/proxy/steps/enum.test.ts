import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMeter } from '../../../../kernel/meter.ts';
import { createEnum } from '../../../../proxy/steps/enum.ts';
import type { Zone } from '../../../support/dns-server.ts';
import type { FakeCall } from '../../../support/fake-call.ts';
import { aor, fakeCall, uriOf } from '../../../support/fake-call.ts';
import { createFakeResolver } from '../../../support/fake-resolver.ts';

const bob = { kind: 'authenticated', aor: aor('sip:bob@example.org') } as const;
const number = 'sip:+4420794@example.org;user=phone';
const domain = '4.9.7.0.2.4.4.e164.arpa NAPTR';

interface Result {
  readonly call: FakeCall;
  readonly asked: readonly string[];
  readonly figure: (outcome: string) => number | undefined;
}

interface Options {
  readonly uri?: string;
  readonly method?: string;
  readonly suffixes?: readonly string[];
  readonly anonymous?: boolean;
  readonly anyone?: boolean;
  readonly known?: string;
  readonly route?: readonly string[];
}

/** What becomes of a call for a number. */
async function looked(zone: Zone, options: Options = {}): Promise<Result> {
  const { uri = number, method = 'INVITE', anonymous = false, anyone = false, route = [] } = options;
  const resolver = createFakeResolver(zone);
  const meter = createMeter();
  const step = createEnum(
    { numbers: resolver, locations: { has: (name) => name === options.known }, meter },
    { enumSuffixes: options.suffixes ?? ['e164.arpa'], enumForAnyone: anyone },
  );
  const call = fakeCall({ method, route, identity: anonymous ? { kind: 'anonymous' } : bob });
  call.uri = uriOf(uri);
  assert.equal(await step.run(call), 'next');
  const figure = (outcome: string): number | undefined =>
    meter.samples().find(({ labels }) => labels['outcome'] === outcome)?.value;
  return { call, asked: resolver.asked, figure };
}

const uriFor = async (zone: Zone, options?: Options): Promise<string> => (await looked(zone, options)).call.uri.text;
const info = ['100 10 u E2U+sip !^.*$!sip:info@example.com! .'];

test('a number becomes the URI that it has in DNS (RFC 6116 §3.2, §4)', async () => {
  const { call, asked, figure } = await looked({ [domain]: info });
  assert.equal(call.uri.text, 'sip:info@example.com');
  assert.deepEqual(asked, ['NAPTR 4.9.7.0.2.4.4.e164.arpa']);
  assert.equal(figure('found'), 1);
  assert.match(call.notes[0] ?? '', /ENUM \+4420794 in e164.arpa: sip:info@example.com/);
  const tel = { uri: 'tel:+44-20-794;isub=1' };
  assert.equal(await uriFor({ [domain]: info }, tel), 'sip:info@example.com');
});

test('looks up global numbers alone, of nobody here, for those who are known (RFC 6116 §3.7)', async () => {
  for (const options of [
    { uri: 'sip:4420794@example.org;user=phone' },
    { uri: 'sip:+4420794@example.org' },
    { uri: 'sip:+44207x4@example.org;user=phone' },
    { uri: 'sip:+4420794@elsewhere.net;user=phone' },
    { uri: `sip:+${'1'.repeat(16)}@example.org;user=phone` },
    { uri: 'tel:794;phone-context=+4420' },
    { uri: 'sip:alice@example.org' },
    { anonymous: true },
    { known: 'sip:+4420794@example.org' },
    { suffixes: [] },
    { route: ['<sip:gateway.example.org;lr>'] },
  ]) {
    const { call, asked } = await looked({ [domain]: info }, options);
    assert.deepEqual([call.uri.text, asked], [options.uri ?? number, []], JSON.stringify(options));
  }
  assert.equal(await uriFor({ [domain]: info }, { anonymous: true, anyone: true }), 'sip:info@example.com');
});

test('a number that is not in DNS stays what it is', async () => {
  const { call, figure } = await looked({});
  assert.equal(call.uri.text, number);
  assert.equal(figure('missing'), 1);
  assert.match(call.notes[0] ?? '', /no NAPTR of/);
});

test('private trees are asked in their order', async () => {
  const zone = { '4.9.7.0.2.4.4.numbers.test NAPTR': info };
  const { call, asked } = await looked(zone, { suffixes: ['E164.arpa', 'numbers.test'] });
  assert.equal(call.uri.text, 'sip:info@example.com');
  assert.deepEqual(asked, ['NAPTR 4.9.7.0.2.4.4.e164.arpa', 'NAPTR 4.9.7.0.2.4.4.numbers.test']);
});

test('the rules count by order, then by preference, however they come (RFC 6116 §5.2)', async () => {
  const zone = {
    [domain]: [
      '200 1 u E2U+sip !^.*$!sip:third@example.com! .',
      '100 20 u E2U+sip !^.*$!sip:second@example.com! .',
      '100 10 u E2U+sip !^.*$!sip:first@example.com! .',
    ],
  };
  assert.equal(await uriFor(zone), 'sip:first@example.com');
});

test('a rule that cannot be used does not end the query, and a worse order is still considered (RFC 6116 §5.2)', async () => {
  const unusable = [
    '1 1 u E2U+sip !^.*$!http://example.com! .',
    '1 2 u E2U+sip !^\\+1.*$!sip:wrong@example.com! .',
    '1 3 u E2U+sip !^.*$!sip:two@example.com .',
    '1 4 x E2U+sip !^.*$!sip:flag@example.com! .',
    '1 5 u E2U+mailto !^.*$!sip:mail@example.com! .',
    '1 6 u E2U+P-sip !^.*$!sip:private@example.com! .',
    '1 7 u SIP+D2U !^.*$!sip:other@example.com! .',
    '1 8 u E2U+sip !^.*$!not-a-uri! .',
    '1 9 - - - .',
  ];
  assert.equal(
    await uriFor({ [domain]: [...unusable, '900 1 u E2U+sip !^.*$!sip:good@example.com! .'] }),
    'sip:good@example.com',
  );
});

test('takes compounds, the obsolete syntax, and any case (RFC 6116 §3.4.3, §3.6, §5.2)', async () => {
  for (const services of ['E2U+voice:tel+sip', 'e2u+SIP', 'sip+E2U', 'E2U+sip:x']) {
    const zone = { [domain]: [`1 1 U ${services} !^.*$!sip:Info@example.com! .`] };
    assert.equal(await uriFor(zone), 'sip:Info@example.com', services);
  }
});

test('pres is for presence and im for messages (RFC 3953, RFC 5028)', async () => {
  const zone = {
    [domain]: [
      '1 1 u E2U+pres !^.*$!pres:p@example.com! .',
      '1 2 u E2U+im !^.*$!im:m@example.com?subject=x! .',
      '1 3 u E2U+sip !^.*$!sip:s@example.com! .',
    ],
  };
  assert.equal(await uriFor(zone, { method: 'SUBSCRIBE' }), 'sip:p@example.com');
  assert.equal(await uriFor(zone, { method: 'MESSAGE' }), 'sip:m@example.com');
  assert.equal(await uriFor(zone, { method: 'INVITE' }), 'sip:s@example.com');
});

test('a request for a sips URI is not led to a sip one (RFC 5630 §5.3)', async () => {
  const zone = {
    [domain]: ['1 1 u E2U+sip !^.*$!sip:plain@example.com! .', '1 2 u E2U+sip !^.*$!sips:safe@example.com! .'],
  };
  assert.equal(await uriFor(zone, { uri: number.replace('sip:', 'sips:') }), 'sips:safe@example.com');
});

test('rules without flags lead on to another domain, whatever else they say (RFC 6116 §5.2.1)', async () => {
  const zone = {
    [domain]: [
      '1 1 - ignored !^.*$!sip:ignored@example.com! carrier.test',
      '2 1 u E2U+sip !^.*$!sip:own@example.com! .',
    ],
    'carrier.test NAPTR': ['900 1 u E2U+sip !^\\+44(.*)$!sip:\\1@carrier.test! .'],
  };
  assert.equal(await uriFor(zone), 'sip:20794@carrier.test');
  // Nothing there: on with the next rule of the domain that led there.
  assert.equal(await uriFor({ ...zone, 'carrier.test NAPTR': [] }), 'sip:own@example.com');
});

test('rules that go round are passed over, and their domain not asked again (RFC 6116 §5.2.1)', async () => {
  const zone = {
    [domain]: ['1 1 - - - a.test', '2 1 u E2U+sip !^.*$!sip:own@example.com! .'],
    'a.test NAPTR': ['1 1 - - - b.test'],
    'b.test NAPTR': ['1 1 - - - a.test', '2 1 - - - 4.9.7.0.2.4.4.e164.arpa'],
  };
  const { call, asked } = await looked(zone);
  assert.equal(call.uri.text, 'sip:own@example.com');
  assert.equal(asked.length, 3);
});

test('a chain and the questions in all are bounded (RFC 6116 §5.2.1)', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [
      `n${String(index)}.test NAPTR`,
      [`1 1 - - - n${String(index + 1)}.test`],
    ]),
  );
  const deep = await looked({ ...chain, [domain]: ['1 1 - - - n0.test'] });
  assert.equal(deep.asked.length, 6);
  const wide = await looked({ [domain]: Array.from({ length: 32 }, (_, index) => `1 1 - - - w${String(index)}.test`) });
  assert.equal(wide.asked.length, 12);
});

test('the expressions tried for one number are bounded', async () => {
  const useless = Array.from({ length: 40 }, (_, index) => `1 ${String(index)} u E2U+sip !^.*$!http://x! .`);
  const zone = { [domain]: [...useless, '2 1 u E2U+sip !^.*$!sip:late@example.com! .'] };
  assert.equal(await uriFor(zone), number);
});
