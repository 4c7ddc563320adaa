import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesOf } from '../../../net/certificate-names.ts';

test('alternative names are told apart by type', () => {
  const subjectAltName = 'DNS:a.example, URI:sip:b.example;transport=tls, IP Address:192.0.2.1, email:x@a.example';
  assert.deepEqual(namesOf({ subjectAltName, subject: 'O=Example\nCN=first\nCN=last' }), {
    alternatives: [
      { type: 'DNS', value: 'a.example' },
      { type: 'URI', value: 'sip:b.example;transport=tls' },
      { type: 'IP Address', value: '192.0.2.1' },
      { type: 'other', value: 'x@a.example' },
    ],
    commonName: 'last',
  });
});

test('a name that looks like two is one: it is written quoted', () => {
  const { alternatives } = namesOf({
    subjectAltName: 'DNS:"a.example\\u002c DNS:b.example", DNS:c.example',
    subject: '',
  });
  assert.deepEqual(alternatives, [
    { type: 'DNS', value: 'a.example, DNS:b.example' },
    { type: 'DNS', value: 'c.example' },
  ]);
});

test('without the extension there are no alternatives, which is not the same as none in it', () => {
  const none = { subjectAltName: undefined, subject: '' };
  assert.deepEqual(namesOf(none), { alternatives: undefined, commonName: undefined });
  assert.deepEqual(namesOf({ subjectAltName: '', subject: '' }).alternatives, []);
});
