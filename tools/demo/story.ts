import type { SipRequest } from '../../sip-stack/wire/message.ts';
import type { Narrator } from './narrator.ts';
import type { Address } from './peer.ts';
import { presenceDocument, presenceInWords } from './presence-text.ts';
import type { DialogState, UserAgent } from './user-agent.ts';
import { openUserAgent } from './user-agent.ts';

/** Where the throwaway server is and who has an account there. */
export interface Stage {
  readonly domain: string;
  readonly udp: Address;
  readonly tcp: Address;
  readonly passwords: Readonly<Record<'alice' | 'bob' | 'carol', string>>;
}

const pidf = 'application/pidf+xml';
const event = ['Event', 'presence'] as const;

/** Plays the whole session: one chapter a function, in this order. */
export async function playStory(stage: Stage, narrator: Narrator): Promise<void> {
  const opened: UserAgent[] = [];
  try {
    const cast = await openCast(stage, narrator, opened);
    await register(cast, narrator);
    const bobs = await watch(cast, narrator);
    const phone = await publish(cast, narrator);
    await secondWatcher(cast, narrator);
    await secondDevice(cast, narrator);
    await modify(cast, narrator, phone);
    await impostor(stage, cast, narrator);
    await expiry(cast, narrator);
    await unpublish(cast, narrator, phone);
    await unsubscribe(cast, narrator, bobs);
  } finally {
    for (const agent of opened) agent.close();
  }
}

interface Cast {
  readonly alice: string;
  readonly phone: UserAgent;
  readonly laptop: UserAgent;
  readonly bob: UserAgent;
  readonly carol: UserAgent;
}

/** The phone's publication: the tag that names it now, and its PIDF document's maker. */
interface Publication {
  tag: string;
}

/** @param opened takes every device as it is opened, so that it can be closed whatever happens */
async function openCast(stage: Stage, narrator: Narrator, opened: UserAgent[]): Promise<Cast> {
  const open = async (
    user: 'alice' | 'bob' | 'carol',
    device: string,
    transport: 'udp' | 'tcp',
  ): Promise<UserAgent> => {
    const agent = await openUserAgent({
      user,
      domain: stage.domain,
      password: stage.passwords[user],
      server: stage[transport],
      transport,
      observe: narrator.observer(device),
    });
    opened.push(agent);
    return agent;
  };
  return {
    alice: `sip:alice@${stage.domain}`,
    phone: await open('alice', 'alice/phone', 'udp'),
    laptop: await open('alice', 'alice/laptop', 'tcp'),
    bob: await open('bob', 'bob', 'tcp'),
    carol: await open('carol', 'carol', 'udp'),
  };
}

async function register({ phone, alice }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    "Alice's phone registers (over UDP)",
    'It tells the server where Alice can be reached. The server does not take its word for it: it answers 401 with a',
    'puzzle, and the phone asks again with an answer made from the password, which itself never travels. Later requests of a',
    'device bring the answer along.',
  );
  const response = await phone.ask({
    method: 'REGISTER',
    uri: alice.replace('alice@', ''),
    to: alice,
    headers: [
      ['Contact', `<${phone.contact}>`],
      ['Expires', '600'],
    ],
  });
  narrator.check('the registration was taken', response.status === 200);
  narrator.check(
    "the server repeats the phone's address",
    (response.headers.first('contact') ?? '').includes(phone.contact),
  );
}

async function watch({ bob, alice }: Cast, narrator: Narrator): Promise<DialogState> {
  narrator.chapter(
    'Bob asks to be told how Alice is (over TCP)',
    'SUBSCRIBE says: tell me now, and at every change for the next 600 seconds. The first NOTIFY comes at once; nobody has',
    'published anything for Alice, so she counts as closed, which a buddy list shows as offline.',
  );
  const dialog = bob.newDialog();
  const response = await bob.ask({
    method: 'SUBSCRIBE',
    uri: alice,
    dialog,
    headers: [event, ['Expires', '600'], ['Contact', `<${bob.contact}>`], ['Accept', pidf]],
  });
  narrator.check('the subscription was taken', response.status === 200);
  const notify = await bob.nextNotify();
  narrator.check('Bob sees Alice as closed', basics(notify).join() === 'closed');
  return dialog;
}

async function publish({ phone, bob, alice }: Cast, narrator: Narrator): Promise<Publication> {
  narrator.chapter(
    "Alice's phone publishes that she is there",
    'PUBLISH gives the server a small document about Alice. The server answers with an entity-tag, the name under which the',
    'phone can change or withdraw it later, and tells Bob.',
  );
  const body = { contentType: pidf, text: presenceDocument(alice, 'phone', { basic: 'open', note: 'At my desk' }) };
  const response = await phone.ask({ method: 'PUBLISH', uri: alice, headers: [event, ['Expires', '600']], body });
  const tag = response.headers.first('sip-etag') ?? '';
  narrator.check('the publication was taken and got a tag', response.status === 200 && tag !== '');
  const notify = await bob.nextNotify();
  narrator.check('Bob sees "At my desk"', basics(notify).join() === 'open' && words(notify).includes('At my desk'));
  return { tag };
}

async function secondWatcher({ carol, alice }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    'Carol watches Alice too (over UDP)',
    'She comes later, and yet her first NOTIFY has what is known now.',
  );
  const response = await carol.ask({
    method: 'SUBSCRIBE',
    uri: alice,
    headers: [event, ['Expires', '600'], ['Contact', `<${carol.contact}>`], ['Accept', pidf]],
  });
  narrator.check('the subscription was taken', response.status === 200);
  narrator.check('Carol sees "At my desk" at once', words(await carol.nextNotify()).includes('At my desk'));
}

async function secondDevice({ laptop, bob, carol, alice }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    "Alice's laptop publishes as well (for 2 seconds only)",
    'Each device speaks for itself; the server puts what they say together into one document for everybody who watches.',
  );
  const document = presenceDocument(alice, 'laptop', { basic: 'open', note: 'In a meeting', activity: 'meeting' });
  const response = await laptop.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [event, ['Expires', '2']],
    body: { contentType: pidf, text: document },
  });
  narrator.check('the publication was taken for 2 seconds', response.headers.first('expires') === '2');
  for (const [name, watcher] of [
    ['Bob', bob],
    ['Carol', carol],
  ] as const) {
    const text = words(await watcher.nextNotify());
    narrator.check(`${name} sees both devices`, text.includes('At my desk') && text.includes('In a meeting'));
  }
}

async function modify({ phone, bob, carol, alice }: Cast, narrator: Narrator, publication: Publication): Promise<void> {
  narrator.chapter(
    'The phone changes what it said',
    'SIP-If-Match names the publication by its tag, so the change replaces the old words instead of standing beside them.',
  );
  const text = presenceDocument(alice, 'phone', { basic: 'open', note: 'Out for lunch' });
  const response = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [event, ['Expires', '600'], ['SIP-If-Match', publication.tag]],
    body: { contentType: pidf, text },
  });
  const tag = response.headers.first('sip-etag') ?? '';
  narrator.check(
    'the change was taken under a new tag',
    response.status === 200 && tag !== '' && tag !== publication.tag,
  );
  publication.tag = tag;
  for (const [name, watcher] of [
    ['Bob', bob],
    ['Carol', carol],
  ] as const) {
    const seen = words(await watcher.nextNotify());
    narrator.check(
      `${name} sees the new words and not the old`,
      seen.includes('Out for lunch') && !seen.includes('At my desk'),
    );
  }
}

async function impostor(stage: Stage, { alice, bob }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    'Somebody without the password tries to speak for Alice',
    'The answer to the puzzle is wrong, so the server puts the puzzle again and changes nothing.',
  );
  const mallory = await openUserAgent({
    user: 'alice',
    domain: stage.domain,
    password: 'a guess',
    server: stage.udp,
    transport: 'udp',
    observe: narrator.observer('impostor'),
  });
  const text = presenceDocument(alice, 'x', { basic: 'closed', note: 'Gone' });
  const response = await mallory.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [event, ['Expires', '600']],
    body: { contentType: pidf, text },
  });
  mallory.close();
  narrator.check('it was refused', response.status === 401);
  narrator.check('Bob heard nothing of it', bob.notifiesWaiting === 0);
}

async function expiry({ bob, carol }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    "The laptop's 2 seconds run out",
    'It never said goodbye, as a laptop whose lid is closed does not. What is not renewed ends by itself, and everybody is',
    'told.',
  );
  for (const [name, watcher] of [
    ['Bob', bob],
    ['Carol', carol],
  ] as const) {
    const seen = words(await watcher.nextNotify(8000));
    narrator.check(`${name} sees the phone alone`, seen.includes('Out for lunch') && !seen.includes('In a meeting'));
  }
}

async function unpublish(
  { phone, bob, carol, alice }: Cast,
  narrator: Narrator,
  publication: Publication,
): Promise<void> {
  narrator.chapter(
    'The phone signs off',
    'PUBLISH with Expires 0 withdraws what the tag names. Nobody speaks for Alice any more.',
  );
  const response = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [event, ['Expires', '0'], ['SIP-If-Match', publication.tag]],
  });
  narrator.check('it was withdrawn', response.status === 200);
  for (const [name, watcher] of [
    ['Bob', bob],
    ['Carol', carol],
  ] as const) {
    narrator.check(`${name} sees Alice as closed`, basics(await watcher.nextNotify()).join() === 'closed');
  }
}

async function unsubscribe({ bob, alice }: Cast, narrator: Narrator, dialog: DialogState): Promise<void> {
  narrator.chapter('Bob stops watching', 'SUBSCRIBE with Expires 0 ends it; a last NOTIFY says so.');
  const response = await bob.ask({
    method: 'SUBSCRIBE',
    uri: alice,
    dialog,
    headers: [event, ['Expires', '0'], ['Contact', `<${bob.contact}>`], ['Accept', pidf]],
  });
  narrator.check('the subscription has ended', response.status === 200);
  const notify = await bob.nextNotify();
  narrator.check(
    'the last NOTIFY says so',
    (notify.headers.first('subscription-state') ?? '').startsWith('terminated'),
  );
}

const basics = (notify: SipRequest): readonly string[] =>
  [...notify.body.toString('utf8').matchAll(/<basic>(\w+)<\/basic>/g)].map(([, basic = '']) => basic);

const words = (notify: SipRequest): string => presenceInWords(notify.body.toString('utf8'));
