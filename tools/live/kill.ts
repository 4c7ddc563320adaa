import { writeFileSync } from 'node:fs';
import { createLoadAgent, type LoadAgent, type Seen } from './load.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';

/** What was acknowledged to one user, and what was asked and not yet acknowledged when the server was killed. */
interface User {
  readonly name: string;
  readonly contact: string;
  registerCSeq: number;
  registered: boolean;
  tag: string | undefined;
  /** A PUBLISH is outstanding: the tag may be the old or a new one, so it proves nothing. */
  publishing: boolean;
  dialog: { readonly callId: string; readonly fromTag: string; readonly toTag: string; cseq: number } | undefined;
  /** Highest NOTIFY CSeq seen; the next must be above it, before and after a crash. */
  notifyCSeq: number;
  /** Branch of the NOTIFY with that CSeq: a retransmission has the same, a reused number another. */
  notifyBranch: string;
}

/** What a run of rounds found. */
export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly checked: { readonly registrations: number; readonly publications: number; readonly subscriptions: number };
  /** One sentence for each loss; empty is the only good answer. */
  readonly losses: readonly string[];
}

const domain = 'example.org';
const aor = (name: string): string => `sip:${name}@${domain}`;
const pidf = (name: string, note: number): string =>
  `<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${aor(name)}">` +
  `<tuple id="t1"><status><basic>open</basic></status><note>${String(note)}</note></tuple></presence>`;

/** Loads a server with REGISTER, PUBLISH and SUBSCRIBE, kills it with SIGKILL at a random moment, restarts it and asks for all it had acknowledged. */
export async function killRounds(options: {
  readonly rounds: number;
  readonly users: number;
  readonly database: string;
  readonly say: (line: string) => void;
}): Promise<KillReport> {
  const settings = ['auth.trustedPeers=127.0.0.1/32'];
  const start = (): Promise<ServerProcess> =>
    startServer({ database: options.database, domain, listen: ['udp:127.0.0.1:0'], set: settings });
  await addAccounts(options);
  let server = await start();
  const agent = await createLoadAgent(() => server.ports['udp4'] ?? 0);
  const users = Array.from({ length: options.users }, (_, index): User => newUser(index, agent.port));
  const losses: string[] = [];
  const checked = { registrations: 0, publications: 0, subscriptions: 0 };
  let acknowledged = 0;
  agent.onNotify = (notify) => noteNotify(users, notify, losses);

  for (let round = 1; round <= options.rounds; round += 1) {
    let stopped = false;
    const workers = Array.from({ length: 48 }, async () => {
      while (!stopped) {
        const user = users[Math.floor(Math.random() * users.length)];
        if (user !== undefined && (await act(agent, user))) acknowledged += 1;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 1600));
    await server.end('SIGKILL');
    stopped = true;
    agent.abandon();
    await Promise.all(workers);
    server = await start();
    await verifyAll(agent, users, checked, losses);
    options.say(
      `round ${String(round)}: ready after ${String(server.readyAfter)} ms, ${String(acknowledged)} acknowledged so far, ` +
        `${String(losses.length)} lost`,
    );
  }
  agent.close();
  await server.end('SIGTERM');
  return { rounds: options.rounds, acknowledged, checked, losses };
}

async function addAccounts(options: { readonly users: number; readonly database: string }): Promise<void> {
  const list = `${options.database}.csv`;
  const lines = Array.from({ length: options.users }, (_, index) => `${newUser(index, 0).name}@${domain},pw\n`);
  writeFileSync(list, lines.join(''));
  const { code, output } = await runCommand([
    'user',
    'import',
    list,
    '--database',
    options.database,
    '--domain',
    domain,
  ]);
  if (code !== 0) throw new Error(output);
}

function newUser(index: number, port: number): User {
  const name = `u${String(index).padStart(6, '0')}`;
  return {
    name,
    contact: `sip:${name}@127.0.0.1:${String(port)}`,
    registerCSeq: 0,
    registered: false,
    tag: undefined,
    publishing: false,
    dialog: undefined,
    notifyCSeq: 0,
    notifyBranch: '',
  };
}

function noteNotify(users: readonly User[], notify: Seen, losses: string[]): void {
  const user = users[Number(/sub-(\d+)-/.exec(notify.header('Call-ID'))?.[1] ?? -1)];
  if (user?.dialog === undefined || user.dialog.callId !== notify.header('Call-ID')) return;
  const cseq = Number.parseInt(notify.header('CSeq'), 10);
  const branch = /branch=([^;\s]+)/.exec(notify.header('Via'))?.[1] ?? '';
  if (cseq < user.notifyCSeq || (cseq === user.notifyCSeq && branch !== user.notifyBranch)) {
    losses.push(`${user.name}: NOTIFY CSeq ${String(cseq)} after ${String(user.notifyCSeq)}`);
  }
  user.notifyCSeq = Math.max(user.notifyCSeq, cseq);
  user.notifyBranch = branch;
}

/** One random operation of a user that has none of this kind outstanding; true when it was acknowledged. */
async function act(agent: LoadAgent, user: User): Promise<boolean> {
  const choice = Math.random();
  try {
    if (choice < 0.4) return await register(agent, user);
    if (choice < 0.8) return await publish(agent, user);
    return await subscribe(agent, user);
  } catch {
    return false;
  }
}

async function register(agent: LoadAgent, user: User): Promise<boolean> {
  user.registerCSeq += 1;
  const response = await agent.request('REGISTER', `sip:${domain}`, [
    `From: <${aor(user.name)}>;tag=r`,
    `To: <${aor(user.name)}>`,
    `Call-ID: reg-${user.name}`,
    `CSeq: ${String(user.registerCSeq)} REGISTER`,
    `Contact: <${user.contact}>`,
    'Expires: 3600',
  ]);
  if (response.status === 200) user.registered = true;
  return response.status === 200;
}

async function publish(agent: LoadAgent, user: User): Promise<boolean> {
  if (user.publishing) return false;
  user.publishing = true;
  const match = user.tag === undefined ? [] : [`SIP-If-Match: ${user.tag}`];
  const response = await agent.request(
    'PUBLISH',
    aor(user.name),
    [
      `From: <${aor(user.name)}>;tag=p`,
      `To: <${aor(user.name)}>`,
      `Call-ID: pub-${user.name}-${String(Math.random())}`,
      'CSeq: 1 PUBLISH',
      'Event: presence',
      'Expires: 3600',
      ...match,
      'Content-Type: application/pidf+xml',
    ],
    pidf(user.name, Math.random()),
  );
  user.publishing = false;
  if (response.status !== 200) return false;
  user.tag = response.header('SIP-ETag');
  return true;
}

const hasDialog = (user: User): boolean => user.dialog !== undefined;

async function subscribe(agent: LoadAgent, user: User): Promise<boolean> {
  if (hasDialog(user)) return false;
  const callId = `sub-${String(Number(user.name.slice(1)))}-${String(Math.random())}`;
  const response = await agent.request('SUBSCRIBE', aor(user.name), [
    `From: <${aor(user.name)}>;tag=s`,
    `To: <${aor(user.name)}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 SUBSCRIBE',
    'Event: presence',
    'Expires: 3600',
    `Contact: <${user.contact}>`,
  ]);
  // Another worker may have subscribed for this user meanwhile: its dialog is the one that is followed.
  if (response.status !== 200 || hasDialog(user)) return false;
  user.dialog = { callId, fromTag: 's', toTag: /tag=([^;\s]+)/.exec(response.header('To'))?.[1] ?? '', cseq: 1 };
  user.notifyCSeq = 0;
  return true;
}

async function verifyAll(
  agent: LoadAgent,
  users: readonly User[],
  checked: { registrations: number; publications: number; subscriptions: number },
  losses: string[],
): Promise<void> {
  const queue = [...users];
  const worker = async (): Promise<void> => {
    for (let user = queue.pop(); user !== undefined; user = queue.pop()) {
      if (user.registered) {
        checked.registrations += 1;
        await verifyBinding(agent, user, losses);
      }
      if (user.tag !== undefined && !user.publishing) {
        checked.publications += 1;
        await verifyPublication(agent, user, losses);
      }
      if (user.publishing) {
        user.tag = undefined;
        user.publishing = false;
      }
      if (user.dialog !== undefined) {
        checked.subscriptions += 1;
        await verifySubscription(agent, user, losses);
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

async function verifyBinding(agent: LoadAgent, user: User, losses: string[]): Promise<void> {
  const response = await agent.request('REGISTER', `sip:${domain}`, [
    `From: <${aor(user.name)}>;tag=f`,
    `To: <${aor(user.name)}>`,
    `Call-ID: fetch-${user.name}-${String(Math.random())}`,
    'CSeq: 1 REGISTER',
  ]);
  if (!response.text.includes(user.contact)) losses.push(`${user.name}: binding lost (${response.start})`);
}

async function verifyPublication(agent: LoadAgent, user: User, losses: string[]): Promise<void> {
  const response = await agent.request('PUBLISH', aor(user.name), [
    `From: <${aor(user.name)}>;tag=v`,
    `To: <${aor(user.name)}>`,
    `Call-ID: verify-${user.name}-${String(Math.random())}`,
    'CSeq: 1 PUBLISH',
    'Event: presence',
    'Expires: 3600',
    `SIP-If-Match: ${user.tag ?? ''}`,
  ]);
  if (response.status === 200) user.tag = response.header('SIP-ETag');
  else losses.push(`${user.name}: publication lost (${response.start})`);
}

async function verifySubscription(agent: LoadAgent, user: User, losses: string[]): Promise<void> {
  const { dialog } = user;
  if (dialog === undefined) return;
  dialog.cseq += 1;
  const response = await agent.request('SUBSCRIBE', aor(user.name), [
    `From: <${aor(user.name)}>;tag=${dialog.fromTag}`,
    `To: <${aor(user.name)}>;tag=${dialog.toTag}`,
    `Call-ID: ${dialog.callId}`,
    `CSeq: ${String(dialog.cseq)} SUBSCRIBE`,
    'Event: presence',
    'Expires: 3600',
    `Contact: <${user.contact}>`,
  ]);
  if (response.status !== 200) losses.push(`${user.name}: subscription lost (${response.start})`);
}
