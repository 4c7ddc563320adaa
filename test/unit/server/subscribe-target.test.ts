import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDomains } from '../../../auth/domains.ts';
import type { IncomingRequest } from '../../../sip-stack/incoming.ts';
import { parseUri } from '../../../sip-stack/wire/uri.ts';
import { withDomainOfTarget } from '../../../server/subscribe-target.ts';

function targetOf(uri: string, to: string, tag?: string): string {
  const parsed = (text: string): IncomingRequest['uri'] => {
    const outcome = parseUri(text);
    assert.ok(outcome.ok);
    return outcome.value;
  };
  let seen = '';
  const handler = withDomainOfTarget(
    createDomains({ domains: ['example.org'], ownAddresses: () => [{ host: '192.0.2.1', port: 5060 }] }),
    (incoming) => {
      seen = `${incoming.uri.user ?? ''}@${incoming.uri.host}`;
      return { reply: { status: 200 } };
    },
  );
  // Only what the adapter looks at is there.
  void handler({ uri: parsed(uri), request: { to: { uri: parsed(to), tag } } } as unknown as IncomingRequest);
  return seen;
}

test('an address of the server counts as its main domain', () => {
  assert.equal(targetOf('sip:alice@192.0.2.1:5060', 'sip:alice@192.0.2.1'), 'alice@example.org');
  assert.equal(targetOf('sip:alice@example.org', 'sip:alice@example.org'), 'alice@example.org');
  assert.equal(targetOf('sip:alice@192.0.2.9', 'sip:alice@192.0.2.9'), 'alice@192.0.2.9');
});

test('a Request-URI without user takes the user of To; one within a dialog stays as it is', () => {
  assert.equal(targetOf('sip:192.0.2.1', 'sip:alice@192.0.2.1'), 'alice@example.org');
  assert.equal(targetOf('sip:192.0.2.1', 'sip:alice@192.0.2.1', 'tag'), '@192.0.2.1');
});
