import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOperation } from '../../../admin/trace-operation.ts';
import type { FollowOptions } from '../../../trace/followers.ts';
import { sipText, traced } from '../../support/traced.ts';

async function* nothing(): AsyncGenerator<never> {
  await Promise.resolve();
}

/** The options that the arguments come to, or the fault. */
async function optionsOf(args: Readonly<Record<string, unknown>>): Promise<FollowOptions | string> {
  let given: FollowOptions | undefined;
  const follow = (options: FollowOptions): AsyncIterable<never> => {
    given = options;
    return nothing();
  };
  const answer = await traceOperation({ follow }).run(args, new AbortController().signal);
  return answer.ok ? (given ?? 'not followed') : answer.fault;
}

const faultOf = async (args: Readonly<Record<string, unknown>>): Promise<string> => {
  const options = await optionsOf(args);
  return typeof options === 'string' ? options : 'no fault';
};

test('without arguments everything is followed, one line each, secrets masked, without end', async () => {
  const options = await optionsOf({});
  assert.ok(typeof options === 'object');
  assert.deepEqual([options.whole, options.secrets, options.count], [false, false, 0]);
  assert.equal(options.filter(traced()), true);
});

test('arguments say who, what and how', async () => {
  const options = await optionsOf({ user: 'alice', method: 'INVITE', whole: true, secrets: true, count: 3 });
  assert.ok(typeof options === 'object');
  assert.deepEqual([options.whole, options.secrets, options.count], [true, true, 3]);
  assert.equal(options.filter(traced()), true);
  assert.equal(options.filter(traced({ text: sipText({ from: '<sip:x@y>;tag=1', callId: 'other' }) })), false);
});

test('bad arguments are refused with a clause that names them', async () => {
  assert.match(await faultOf({ user: 7 }), /^user is missing/);
  assert.match(await faultOf({ callId: 'c'.repeat(2000) }), /^callId is longer/);
  assert.match(await faultOf({ count: -1 }), /^count is a whole number/);
  assert.match(await faultOf({ peer: 'somewhere' }), /not the address of a peer/);
});
