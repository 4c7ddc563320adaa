import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Call, playCall } from './call.ts';
import { callerName, callFlows, callSettings, rfc3665 } from './call-flows.ts';
import { type Capture, captureOrReason } from './capture.ts';
import { missing } from './programs.ts';
import { openStage, type Stage } from './stage.ts';

const listen = ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0', 'udp:[::1]:0', 'tcp:[::1]:0'];

describe('sipp calls through the proxy', { skip: missing('sipp') }, () => {
  let stage: Stage;
  let second: Stage;
  let capture: Capture | string;

  before(async () => {
    const users = [callerName, ...callFlows.map(({ name }) => name)];
    stage = await openStage({ users, listen, set: callSettings });
    second = await openStage({ users: ['bob', 'carol'], domain: 'example.net', set: callSettings });
    const ports = [stage, second].flatMap(({ server }) => Object.values(server.ports));
    capture = await captureOrReason(join(stage.folder, 'calls.pcap'), ports);
  });

  after(async () => {
    await second.close();
    await stage.close();
  });

  describe('flows', { concurrency: 3 }, () => {
    for (const flow of callFlows) {
      test(flow.title, async () => {
        assert.deepEqual(await playCall(flow, flow.name, stage), []);
      });
    }

    for (const [scenario, waits, user] of [
      ['callee-ends', 'answers-and-ends', 'bob'],
      ['caller-cancels', 'is-cancelled', 'carol'],
    ] as const) {
      test(`through the proxies of two domains: ${scenario} (RFC 3665 §3.2, §3.8)`, async () => {
        const [one, other] = [stage.at('udp4').port, second.at('udp4').port];
        const headers = `Route: <sip:127.0.0.1:${String(one)};lr>, <sip:127.0.0.1:${String(other)};lr>\n      `;
        const furtherVia = 'Via: [$via3]\n      ';
        const call: Call = {
          called: [{ scenario: waits, user, values: { domain: 'example.net', furtherVia } }],
          caller: { scenario, user: callerName, values: { uri: `sip:${user}@example.net`, headers } },
        };
        assert.deepEqual(await playCall(call, `two-domains-${scenario}`, stage, second), []);
      });
    }
  });

  test('every flow of RFC 3665 §3 is played, or it is said why not', () => {
    const titles = callFlows.map(({ title }) => title).join('\n');
    for (const [part, where] of Object.entries(rfc3665)) {
      if (where !== 'played') continue;
      assert.ok(titles.includes(`RFC 3665 §${part}`), `nobody plays RFC 3665 §${part}`);
    }
    assert.equal(Object.keys(rfc3665).length, 11);
  });

  test('tshark finds no malformed packet in all of that', async (context) => {
    if (typeof capture === 'string') {
      context.skip(capture);
      return;
    }
    const { sipPackets, malformed } = await capture.stop();
    assert.ok(sipPackets > callFlows.length * 10, `only ${String(sipPackets)} SIP packets were seen`);
    assert.deepEqual(malformed, []);
  });
});
