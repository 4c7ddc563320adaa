import assert from 'node:assert/strict';
import { loadConfig } from '../../config/load.ts';
import { createMemoryStore } from '../../db/backends/memory.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import type { Pharos } from '../../server/compose.ts';
import { compose } from '../../server/compose.ts';
import { sections } from '../../server/sections.ts';
import { tables } from '../../server/tables.ts';
import type { FakeTime } from './fake-time.ts';
import { createFakeTime } from './fake-time.ts';
import { createFakeTokens } from './fake-tokens.ts';
import type { MemoryNetwork } from './memory-network.ts';
import { createMemoryNetwork } from './memory-network.ts';
import type { Phone } from './phone.ts';
import { createPhone } from './phone.ts';

/** A whole server in memory, on virtual time, with phones around it. */
export interface Served {
  readonly network: MemoryNetwork;
  readonly time: FakeTime;
  /** A phone of a user at 198.51.100.`place`; whatever it sends is believed. */
  phone(user: string, place: number): Phone;
  /** Registers a phone and waits for the 200. */
  registered(user: string, place: number, contactParams?: string): Promise<Phone>;
  settle(length?: number): Promise<void>;
  figure(name: string, label?: string): number;
  /** Ends the server and starts another one on the same database. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const server = { host: '192.0.2.1', port: 5060 };

export async function createServed(
  settings: readonly (readonly [path: string, value: string])[] = [],
  users: readonly string[] = ['alice', 'bob', 'carol'],
): Promise<Served> {
  const time = createFakeTime();
  const network = createMemoryNetwork(server);
  const flags = [
    ['server.domains', 'example.org'] as const,
    ['server.listen', 'udp:192.0.2.1:5060'] as const,
    ['auth.trustedPeers', '198.51.100.0/24'] as const,
    ...settings,
  ].map(([path, value]) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok, JSON.stringify(config));
  const store = createMemoryStore({ tables });
  const meter = createMeter();
  const start = async (prefix: string): Promise<Pharos> => {
    const tokens = createFakeTokens(prefix);
    const composed = await compose(
      { ...time, tokens, log: silentLog, meter, store, transportKinds: network.kinds },
      config.value.values,
    );
    assert.ok(composed.ok, JSON.stringify(composed));
    return composed.value;
  };
  const end = async (): Promise<void> => {
    const stopped = running.stop();
    await time.advanceAsync(60_000);
    await stopped;
  };
  let running = await start('t');
  for (const username of users) await running.accounts.add({ username, domain: 'example.org' }, `pw-${username}`);

  const served: Served = {
    network,
    time,
    phone: (user, place) => createPhone({ user, at: { host: `198.51.100.${String(place)}`, port: 5060 }, network }),
    async registered(user, place, contactParams = '') {
      const phone = served.phone(user, place);
      phone.request('REGISTER', 'sip:example.org', {
        to: `<sip:${user}@example.org>`,
        callId: `register-${user}-${String(place)}`,
        contact: `Contact: <sip:${user}@${phone.at.host}:5060>${contactParams}`,
        headers: ['Expires: 3600'],
      });
      await served.settle();
      phone.takeResponse('200 REGISTER');
      return phone;
    },
    settle: (length = 20) => time.advanceAsync(length),
    figure(name, label) {
      const sample = meter
        .samples()
        .find((one) => one.name === name && (label === undefined || Object.values(one.labels).includes(label)));
      return sample?.value ?? Number.NaN;
    },
    async restart() {
      await end();
      running = await start('again');
    },
    async stop() {
      await end();
      await store.close();
    },
  };
  return served;
}
