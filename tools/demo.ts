// `npm run demo`: a throwaway server with three accounts, and a narrated session against it over real UDP and TCP.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter } from '../kernel/meter.ts';
import { silentLog } from '../kernel/log.ts';
import { compose } from '../server/compose.ts';
import { openConfiguredStore } from '../server/open-store.ts';
import { sections } from '../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../server/system.ts';
import { loadConfig } from '../config/load.ts';
import type { Address } from './demo/peer.ts';
import { createNarrator } from './demo/narrator.ts';
import type { Stage } from './demo/story.ts';
import { playStory } from './demo/story.ts';

const domain = 'example.org';
const passwords = { alice: 'wonderland', bob: 'builder', carol: 'christmas' };
const say = (line: string): void => console.log(line);

const folder = mkdtempSync(join(tmpdir(), 'pharos-demo-'));
const flags = [
  ['server.domains', domain],
  ['server.listen', 'udp:127.0.0.1:0,tcp:127.0.0.1:0'],
  ['server.database', join(folder, 'demo.sqlite')],
  // Short lifetimes, so that nobody waits a minute to see one end.
  ['esc.expiresMin', '1'],
].map(([path = '', value = '']) => ({ path, value, place: 'demo' }));

process.exitCode = await demo();
rmSync(folder, { recursive: true, force: true });

async function demo(): Promise<0 | 1> {
  const config = loadConfig(sections, { environment: {}, flags });
  if (!config.ok) return failed(`The demo's own configuration is wrong: ${JSON.stringify(config.fault)}`);
  const scheduler = createSystemScheduler();
  const opened = await openConfiguredStore({ log: silentLog, scheduler }, config.value.values.server);
  if (!opened.ok) return failed(opened.fault);
  const { store } = opened.value;
  const deps = {
    clock: createSystemClock(),
    scheduler,
    tokens: createSystemTokens(),
    log: silentLog,
    meter: createMeter(),
    store,
  };
  const server = await compose(deps, config.value.values);
  if (!server.ok) {
    await store.close();
    return failed(server.fault);
  }
  for (const [username, password] of Object.entries(passwords))
    await server.value.accounts.add({ username, domain }, password);
  const addressOf = (transport: string): Address =>
    server.value.bound.find((bound) => bound.transport.uriParam === transport) ?? { host: '127.0.0.1', port: 0 };
  try {
    return await narrated({ domain, udp: addressOf('udp'), tcp: addressOf('tcp'), passwords });
  } finally {
    await server.value.stop();
    await store.close();
  }
}

async function narrated(stage: Stage): Promise<0 | 1> {
  const narrator = createNarrator(say, process.stdout.isTTY);
  say('PHAROS DEMO: SIP presence in ten steps, on a server that lives for these few seconds.');
  say('');
  say(`   The domain is ${domain}; the accounts are alice, bob and carol. Every message below really travels:`);
  say(
    `   over UDP to port ${String(stage.udp.port)} and over TCP to port ${String(stage.tcp.port)} of this machine. Arrows to the right leave a`,
  );
  say('   device, arrows to the left reach it. Messages are shown short: the first line, and what matters in them.');
  try {
    await playStory(stage, narrator);
  } catch (error) {
    narrator.check(`the session went on to its end (${error instanceof Error ? error.message : String(error)})`, false);
  }
  say('');
  if (narrator.failed > 0)
    return failed(`${String(narrator.failed)} of ${String(narrator.failed + narrator.passed)} checks FAILED.`);
  say(`All ${String(narrator.passed)} checks passed: what you saw is what the server did.`);
  say('');
  say('To try it with your own SIP client: npm start -- --domain example.org, then');
  say('npx pharos user add you@example.org --domain example.org. README.md goes on from there.');
  return 0;
}

function failed(sentence: string): 1 {
  console.error(sentence);
  return 1;
}
