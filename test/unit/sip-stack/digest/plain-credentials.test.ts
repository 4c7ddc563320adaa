import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlain } from '../../../../sip-stack/digest/plain-credentials.ts';

for (const [client, text] of [
  [
    'baresip',
    'Digest username="alice", realm="r", nonce="a.b.c-_", uri="sip:h:5060", response="0f", cnonce="1a", qop=auth, nc=00000001',
  ],
  [
    'sipp',
    'Digest username="alice",realm="r",cnonce="1a",nc=00000001,qop=auth,uri="sip:h:5060",nonce="a.b.c-_",response="0f",algorithm=MD5',
  ],
  [
    'pjsip',
    'Digest username="alice", realm="r", nonce="a.b.c-_", uri="sip:h:5060", response="0f", algorithm=SHA-256, cnonce="1a", opaque="", qop=auth, nc=00000001',
  ],
] as const) {
  test(`reads what ${client} writes in the short way (RFC 7616 §3.4)`, () => {
    const params = readPlain(text);
    assert.deepEqual(
      { ...params, algorithm: undefined },
      {
        username: 'alice',
        realm: 'r',
        nonce: 'a.b.c-_',
        uri: 'sip:h:5060',
        response: '0f',
        algorithm: undefined,
        qop: 'auth',
        nc: '00000001',
        cnonce: '1a',
      },
    );
  });
}

test('leaves to the grammar what is written in another way', () => {
  const others = [
    'digest username="a"',
    'Digest',
    'Digest ',
    'Digest username="a\\"b"',
    'Digest username = "a"',
    'Digest Username="a"',
    'Digest userhash=true',
    'Digest username="a", username="b"',
    'Digest username="a',
    'Digest username="a";realm="b"',
    'Digest nc=',
    'Digest username="a",',
    'Basic YTpi',
  ];
  for (const text of others) assert.equal(readPlain(text), undefined, text);
});
