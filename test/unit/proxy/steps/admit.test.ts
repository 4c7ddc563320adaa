import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Admit, Heading } from '../../../../proxy/admit.ts';
import { createAdmit } from '../../../../proxy/steps/admit.ts';
import { forbidden } from '../../../../sip-stack/refusals.ts';
import { aor, fakeCall, uriOf } from '../../../support/fake-call.ts';

const alice = aor('sip:alice@example.org');
/** Remembers what was asked. */
function watched(verdict: Awaited<ReturnType<Admit>>): { readonly admit: Admit; readonly asked: Heading[] } {
  const asked: Heading[] = [];
  const admit: Admit = (_, heading) => {
    asked.push(heading);
    return verdict;
  };
  return { admit, asked };
}

test('what is refused ends here (RFC 3261 §16.3 step 6)', async () => {
  const verdict = await createAdmit(watched({ kind: 'refuse', refusal: forbidden() }).admit).run(fakeCall());
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 403);
});

test('who proved himself is known from then on, at once or later', async () => {
  const identity = { kind: 'authenticated', aor: aor('sip:bob@example.org') } as const;
  for (const admit of [
    () => ({ kind: 'pass', identity }) as const,
    () => Promise.resolve({ kind: 'pass', identity } as const),
  ]) {
    const call = fakeCall();
    assert.equal(await createAdmit(admit).run(call), 'next');
    assert.deepEqual(call.identity, identity);
  }
});

test('a call for a user of ours is asked for as such', async () => {
  const { admit, asked } = watched({ kind: 'pass' });
  await createAdmit(admit).run(fakeCall());
  assert.equal(asked[0]?.localAor, alice);
});

test('a Route that remains or an maddr leads elsewhere: no relay by the back door (RFC 3261 §16.5, §26.3.1.3)', async () => {
  const { admit, asked } = watched({ kind: 'pass' });
  const step = createAdmit(admit);
  await step.run(fakeCall({ route: ['<sip:other.example.net;lr>'] }));
  const call = fakeCall();
  call.uri = uriOf('sip:alice@example.org;maddr=198.51.100.9');
  await step.run(call);
  assert.deepEqual(
    asked.map(({ localAor }) => localAor),
    [undefined, undefined],
  );
});
