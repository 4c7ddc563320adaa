import assert from 'node:assert/strict';
import { createMemoryStore } from '../../db/backends/memory.ts';
import { loadConfig } from '../../config/load.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { compose } from '../../server/compose.ts';
import { sections } from '../../server/sections.ts';
import { tables } from '../../server/tables.ts';
import type { SipMessage } from '../../sip-stack/wire/message.ts';
import { createFakeTime } from '../support/fake-time.ts';
import { createFakeTokens } from '../support/fake-tokens.ts';
import { createMemoryNetwork } from '../support/memory-network.ts';
import { type Device, createDevice } from './device.ts';
import type { Script, Step } from './script.ts';

const domain = 'example.org';
const server = { host: '192.0.2.1', port: 5060 };
const users = ['alice', 'bob', 'carol'];

/** Plays a conversation against a whole server, in memory and in virtual time; throws at the first line that does not hold. */
export async function play(script: Script): Promise<void> {
  const time = createFakeTime();
  const network = createMemoryNetwork(server);
  const flags = [
    ['server.domains', domain],
    ['server.listen', 'udp:192.0.2.1:5060'],
    // Who is asking is not what these conversations are about.
    ['auth.trustedPeers', '198.51.100.0/24'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok);
  const store = createMemoryStore({ tables });
  const composed = await compose(
    { ...time, tokens: createFakeTokens(), log: silentLog, meter: createMeter(), store, transportKinds: network.kinds },
    config.value.values,
  );
  assert.ok(composed.ok);
  for (const username of users) await composed.value.accounts.add({ username, domain }, `pw-${username}`);

  const devices = new Map<string, Device>();
  const deviceOf = (name: string): Device => {
    const known = devices.get(name);
    if (known !== undefined) return known;
    const at = { host: `198.51.100.${String(devices.size + 1)}`, port: 5060 };
    const device = createDevice({ name, domain, at, server, network });
    devices.set(name, device);
    return device;
  };
  const bound = new Map<string, string>();
  try {
    for (const [index, step] of script.steps.entries()) {
      await take(step, script.steps[index + 1]);
    }
    for (const [name, { waiting }] of devices) assert.deepEqual(waiting.map(firstLine), [], `${name} was sent more`);
  } finally {
    const stopped = composed.value.stop();
    await time.advanceAsync(60_000);
    await stopped;
    await store.close();
  }

  async function take(step: Step, next: Step | undefined): Promise<void> {
    const { act } = step;
    if (act.kind === 'pass') {
      await time.advanceAsync(act.seconds * 1000);
      return;
    }
    const device = deviceOf(step.device);
    const fields = step.fields.map(([name, value]) => [name, filled(value, bound)] as const);
    if (act.kind === 'request') device.request(act.method, act.target, fields);
    else if (act.kind === 'response') device.respond(act.status, fields);
    else if (act.kind === 'expect-nothing') {
      await time.advanceAsync(100);
      assert.deepEqual(device.waiting.map(firstLine), [], step.line);
    } else {
      for (let waited = 0; device.waiting.length === 0 && waited <= step.within * 1000; waited += 50) {
        await time.advanceAsync(50);
      }
      const message = device.take();
      assert.ok(message !== undefined, `nothing came: ${step.line}`);
      const wanted = act.kind === 'expect-response' ? String(act.status) : act.method;
      const came = message.kind === 'response' ? String(message.status) : message.method;
      assert.equal(came, wanted, `${step.line}\n${firstLine(message)}`);
      for (const [name, value] of fields) matchField(message, name, value, bound, step.line);
      if (act.kind === 'expect-request' && !(next?.act.kind === 'response' && next.device === step.device)) {
        device.respond(200, []);
      }
    }
    // Answers come within this time: what they wait for is no disk and no network.
    if (act.kind === 'request' || act.kind === 'response') await time.advanceAsync(20);
  }
}

const firstLine = (message: SipMessage): string =>
  message.kind === 'request'
    ? `${message.method} ${message.uri}`
    : `${String(message.status)} ${message.reason} (${message.cseq.method})`;

/** A value with the names that are bound put in. */
const filled = (value: string, bound: ReadonlyMap<string, string>): string =>
  value.replaceAll(/<([a-z][\w-]*)>/g, (written, name: string) => bound.get(name) ?? written);

function matchField(message: SipMessage, name: string, value: string, bound: Map<string, string>, line: string): void {
  const has = valueSeen(message, name);
  const names: string[] = [];
  const ranges: (readonly [number, number])[] = [];
  const pattern = value.replaceAll(
    /<(\d+)\.\.(\d+)>|<([a-z][\w-]*)>|[.*+?^${}()|[\]\\]/g,
    (found, least, most, variable) => {
      if (least !== undefined) {
        ranges.push([Number(least), Number(most)]);
        return `(?<range${String(ranges.length - 1)}>\\d+)`;
      }
      if (variable === undefined) return `\\${found}`;
      names.push(String(variable));
      return `(?<name${String(names.length - 1)}>.+?)`;
    },
  );
  const groups = new RegExp(`^${pattern}$`, 'i').exec(has)?.groups;
  assert.ok(new RegExp(`^${pattern}$`, 'i').test(has), `${name} is \`${has}\`: ${line}`);
  for (const [index, [least, most]] of ranges.entries()) {
    const number = Number(groups?.[`range${String(index)}`]);
    assert.ok(number >= least && number <= most, `${name} is \`${has}\`: ${line}`);
  }
  for (const [index, variable] of names.entries()) bound.set(variable, groups?.[`name${String(index)}`] ?? '');
}

function valueSeen(message: SipMessage, name: string): string {
  if (name === 'pidf') return presenceSeen(message.body.toString('utf8'));
  if (name === 'reginfo') return registrationSeen(message.body.toString('utf8'));
  return message.headers.first(name.toLowerCase()) ?? '';
}

/** Registration information in the words of the script: `active; registered, expired`. */
function registrationSeen(text: string): string {
  const state = /<registration [^>]*state="(\w+)"/.exec(text)?.[1] ?? 'none';
  const events = [...text.matchAll(/<contact [^>]*event="(\w+)"/g)].map(([, event]) => event);
  return events.length === 0 ? state : `${state}; ${events.join(', ')}`;
}

/** A presence document in the words of the script: `open, closed; busy`. */
function presenceSeen(text: string): string {
  if (text === '') return 'none';
  const basics = [...text.matchAll(/<basic>(\w+)<\/basic>/g)].map(([, basic]) => basic);
  const activities = [...text.matchAll(/<rpid:activities>(.*?)<\/rpid:activities>/gs)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/<rpid:([\w-]+)/g)].map(([, activity]) => activity),
  );
  return [basics.join(', '), ...activities].join('; ');
}
