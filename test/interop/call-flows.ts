import type { Call, Phone } from './call.ts';

/** A call flow that sipp plays through the server. */
export interface CallFlow extends Call {
  /** Of the test, of its folder, and of the user who is called. */
  readonly name: string;
  /** What is seen, with its section. */
  readonly title: string;
}

export const callerName = 'alice';

/** The callee has the name of the flow, so that no flow meets the contacts of another. */
const flow = (
  name: string,
  title: string,
  called: readonly (readonly [scenario: string, more?: Partial<Phone>])[],
  [scenario, more = {}]: readonly [scenario: string, more?: Partial<Phone>],
): CallFlow => ({
  name,
  title,
  called: called.map(([waits, of = {}]) => ({ scenario: waits, user: name, ...of })),
  caller: { scenario, user: callerName, ...more, values: { uri: `sip:${name}@example.org`, ...more.values } },
});

type Over = NonNullable<Phone['over']>;
const ways: readonly (readonly [caller: Over, called: Over])[] = [
  ['udp4', 'udp4'],
  ['tcp4', 'tcp4'],
  ['udp4', 'tcp4'],
  ['tcp4', 'udp4'],
  ['udp6', 'udp6'],
  ['udp4', 'udp6'],
  ['tcp6', 'udp4'],
];

/** Whoever hangs up, the BYE finds the other side along the route set. */
const established = ways.flatMap(([one, other]): readonly CallFlow[] => [
  flow(
    `caller-ends-${one}-${other}`,
    `${one} to ${other}: answered, the caller hangs up (RFC 3261 §16)`,
    [['answers', { over: other }]],
    ['caller-ends', { over: one }],
  ),
  flow(
    `callee-ends-${one}-${other}`,
    `${one} to ${other}: answered, the callee hangs up (RFC 3665 §3.2)`,
    [['answers-and-ends', { over: other }]],
    ['callee-ends', { over: one }],
  ),
  flow(
    `both-reinvite-${one}-${other}`,
    `${one} to ${other}: re-INVITE from both sides along the recorded route (RFC 3261 §16.12.1, RFC 3665 §3.7)`,
    [['answers-both-reinvite', { over: other }]],
    ['both-reinvite', { over: one }],
  ),
]);

const forked: readonly CallFlow[] = [
  flow(
    'forked-caller-ends',
    'two devices ring, one is answered, the other gets CANCEL; the caller hangs up (RFC 3261 §16.7 step 10)',
    [['is-cancelled'], ['answers-slowly']],
    ['caller-ends'],
  ),
  flow(
    'forked-callee-ends',
    'two ring, over TCP and UDP, one is answered, the other gets CANCEL; the callee hangs up (RFC 3261 §16.7 step 10)',
    [['answers-slowly-and-ends', { over: 'tcp4' }], ['is-cancelled']],
    ['callee-ends', { over: 'tcp4' }],
  ),
  flow(
    'forked-busy-and-answered',
    'one device is busy, the other is answered: the caller hears of the answer alone (RFC 3261 §16.7 step 6)',
    [['refuses', { values: { status: '486' } }], ['answers-slowly']],
    ['caller-ends'],
  ),
  flow(
    'forked-cancelled',
    'two devices ring, the caller gives up: both get CANCEL (RFC 3261 §16.10)',
    [['is-cancelled'], ['is-cancelled', { over: 'tcp4' }]],
    ['caller-cancels'],
  ),
];

const refused: readonly CallFlow[] = [
  flow(
    'cancelled',
    'no answer, the caller gives up: CANCEL goes on, 487 comes back (RFC 3665 §3.8)',
    [['is-cancelled']],
    ['caller-cancels'],
  ),
  flow(
    'cancelled-tcp',
    'the same, the caller over TCP and the callee over IPv6 (RFC 3665 §3.8)',
    [['is-cancelled', { over: 'udp6' }]],
    ['caller-cancels', { over: 'tcp4' }],
  ),
  flow(
    'busy',
    'busy: 486 (RFC 3665 §3.9)',
    [['refuses', { values: { status: '486' } }]],
    ['is-refused', { values: { status: '486' } }],
  ),
  flow(
    'temporarily-unavailable',
    'temporarily unavailable: 480 after ringing (RFC 3665 §3.11)',
    [['refuses', { values: { status: '480' } }]],
    ['is-refused', { values: { status: '480' } }],
  ),
  flow('nowhere', 'nobody is registered: 480 (RFC 3261 §21.4.18)', [], ['is-refused', { values: { status: '480' } }]),
  flow(
    'unknown-user',
    'nobody has this name: 404 (RFC 3261 §21.4.5)',
    [],
    ['is-refused', { values: { uri: 'sip:nobody-at-all@example.org', status: '404' } }],
  ),
  flow(
    'loop',
    'a contact that leads back to this server: 482 (RFC 3261 §16.3 step 4)',
    // Without rport: else the server holds the contact for one behind NAT, and keeps to the flow it came over.
    [['', { contact: 'sip:loop@127.0.0.1:{port}', values: { rport: '' } }]],
    ['is-refused', { values: { status: '482' } }],
  ),
];

const header = (name: string, value: string): string => `${name}: ${value}\n      `;

const routed: readonly CallFlow[] = [
  flow(
    'strict-router-behind',
    'a strict router is next: its URI becomes the Request-URI, the target the last Route (RFC 3261 §16.6 step 6)',
    [
      [
        'answers',
        {
          contact: '',
          values: {
            expects: '^INVITE sip:127.0.0.1:[0-9]+ SIP.*Route: *.sip:bob@example.net',
          },
        },
      ],
    ],
    [
      'caller-ends',
      {
        values: {
          uri: 'sip:bob@example.net',
          headers: header('Route', '<sip:127.0.0.1:{port};lr>, <sip:127.0.0.1:{called}>'),
        },
      },
    ],
  ),
  flow(
    'strict-router-before',
    'a strict router came before: the last Route becomes the Request-URI (RFC 3261 §16.4)',
    [['answers']],
    ['caller-ends-strictly'],
  ),
  flow(
    'preloaded-route',
    "a Route of the caller's own that names this server is taken away (RFC 3261 §16.4, RFC 3665 §3.2)",
    [['answers-and-ends']],
    ['callee-ends', { values: { headers: header('Route', '<sip:127.0.0.1:{port};lr>') } }],
  ),
  flow(
    'redirected',
    'told where the callee is, the caller asks there, with the offer in 200 and the answer in ACK (RFC 3665 §3.6)',
    [['answers-and-ends']],
    ['is-redirected', { values: { headers: header('Request-Disposition', 'redirect') } }],
  ),
  flow(
    'callee-redirects',
    'the 302 of a phone comes back to the caller (RFC 3261 §16.7 step 4)',
    [['refuses', { values: { status: '302' } }]],
    ['is-refused', { values: { status: '302' } }],
  ),
];

const late: readonly CallFlow[] = [
  flow(
    'no-response',
    'no response from the phone: 408 (RFC 3665 §3.10, RFC 3261 §16.7 step 6)',
    [['silent']],
    ['is-refused', { values: { status: '408' } }],
  ),
  flow(
    'rings-in-vain',
    'the preferred device rings too long: CANCEL, and the next one is tried (RFC 3261 §16.6)',
    [
      ['is-cancelled', { values: { params: ';q=0.9' } }],
      ['answers', { values: { params: ';q=0.5' } }],
    ],
    ['caller-ends'],
  ),
];

/** Settings under which `late` does not take long. */
export const callSettings: readonly string[] = ['transaction.t1=50', 'proxy.nextGroupAfter=1'];

export const callFlows: readonly CallFlow[] = [...established, ...forked, ...refused, ...routed, ...late];

/** The session flows of RFC 3665 §3: `played`, which a title says, or why there is nothing of a proxy to be seen in them. */
export const rfc3665: Readonly<Record<string, string>> = {
  '3.1': 'without a proxy: the two phones talk to each other',
  '3.2': 'played',
  '3.3': 'played in part: the first 407 by every flow; the second is the business of the domain that is called',
  '3.4': 'the caller tries another proxy by itself',
  '3.5': 'the gateway in it is a back-to-back user agent',
  '3.6': 'played',
  '3.7': 'played',
  '3.8': 'played',
  '3.9': 'played',
  '3.10': 'played',
  '3.11': 'played',
};
