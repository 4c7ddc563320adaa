import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import type { CredentialFiles } from '../../../net/tls-credentials.ts';
import { readCredentials } from '../../../net/tls-credentials.ts';
import { createAuthority } from '../../support/certificates.ts';

const authority = createAuthority();
const folder = mkdtempSync(join(tmpdir(), 'pharos-credentials-'));
after(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});
const one = authority.issue({ dns: ['one.example', '*.apps.example'] });
const two = authority.issue({ uris: ['sip:two.example'] });
const named = authority.issue({ commonName: 'three.example' });

const faultOf = (changed: Partial<CredentialFiles>): string => {
  const read = readCredentials({ certificates: [one], authorities: '', minVersion: 'TLSv1.2', ...changed });
  assert.ok(!read.ok);
  return read.fault;
};
const file = (text: string): string => {
  const path = join(folder, `${String(text.length)}.pem`);
  writeFileSync(path, text);
  return path;
};

test('a certificate is chosen by the name that the client asks for (RFC 5922 §7.8)', () => {
  const { current } = authority.certificates([one, two, named]);
  const chosen = (name: string): string | undefined => current.certificateFor(name)?.file;
  assert.equal(chosen('one.example'), one.chain);
  assert.equal(chosen('TWO.example'), two.chain);
  assert.equal(chosen('three.example'), named.chain);
  assert.equal(chosen('x.apps.example'), one.chain);
  assert.equal(chosen('unknown.example'), one.chain, 'the first is the default');
  assert.equal(authority.certificates([]).current.certificateFor('one.example'), undefined);
});

test('chain and key may stand in one file', () => {
  const both = authority.issue({ dns: ['both.example'] });
  const path = file(`${text(both.chain)}${text(both.key)}`);
  const { current } = authority.certificates([{ chain: path, key: path }]);
  assert.deepEqual(current.certificates[0]?.names, ['both.example']);
});

test('says which file is wrong, and how', () => {
  const absent = join(folder, 'absent.pem');
  const chain = one.chain;
  assert.equal(
    faultOf({ certificates: [{ chain: absent, key: one.key }] }),
    `the certificate file ${absent} cannot be read (ENOENT)`,
  );
  assert.equal(faultOf({ certificates: [{ chain, key: absent }] }), `the key file ${absent} cannot be read (ENOENT)`);
  assert.equal(
    faultOf({ certificates: [{ chain, key: two.key }] }),
    `the key in ${two.key} does not belong to the first certificate in ${chain}`,
  );
  assert.match(faultOf({ certificates: [{ chain: one.key, key: one.key }] }), /holds no certificate in PEM form/);
  assert.match(faultOf({ certificates: [{ chain, key: chain }] }), /holds no private key in PEM form/);
  assert.equal(faultOf({ authorities: absent }), `the authorities file ${absent} cannot be read (ENOENT)`);
  assert.match(faultOf({ authorities: one.key }), /^the authorities file .* holds no certificate in PEM form/);
});

const text = (path: string): string => readFileSync(path, 'utf8');
