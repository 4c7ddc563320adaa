import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaultsOf } from '../../../../config/section.ts';
import { instant } from '../../../../kernel/clock.ts';
import { createMeter } from '../../../../kernel/meter.ts';
import type { LogFields } from '../../../../kernel/log.ts';
import { certificatePair, noCertificates, openCertificates } from '../../../../sip-stack/transport/certificates.ts';
import type { TlsSettings } from '../../../../sip-stack/transport/tls-settings.ts';
import { tlsSection } from '../../../../sip-stack/transport/tls-settings.ts';
import type { Issued } from '../../../support/certificates.ts';
import { createAuthority } from '../../../support/certificates.ts';

const authority = createAuthority();
after(() => {
  authority.remove();
});
const day = 86_400_000;

/** Opens the certificates so many days from now. */
function open(issued: readonly Issued[], days = 0) {
  const logged: { readonly event: string; readonly fields: LogFields }[] = [];
  const write = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  const meter = createMeter();
  const clock = { now: () => instant(Date.now() + days * day) };
  const settings: TlsSettings = {
    ...defaultsOf(tlsSection),
    certificates: issued.map(({ chain, key }) => `${chain}:${key}`),
    authorities: authority.file,
  };
  const opened = openCertificates(
    { clock, meter, log: { debug: write, info: write, warn: write, error: write } },
    settings,
  );
  return { opened, logged, meter };
}

const eventsOf = ({ logged }: ReturnType<typeof open>): readonly string[] => logged.map(({ event }) => event);

test('warns of a certificate that has run out, soon will, or is not valid yet', () => {
  const issued = authority.issue({ dns: ['a.example'], days: 30 });
  assert.deepEqual(eventsOf(open([issued])), []);
  assert.deepEqual(eventsOf(open([issued], 20)), ['certificate-expires-soon']);
  assert.deepEqual(eventsOf(open([issued], 31)), ['certificate-expired']);
  assert.deepEqual(eventsOf(open([issued], -70)), ['certificate-not-yet-valid']);
  assert.equal(open([issued], 31).logged[0]?.fields['file'], issued.chain);
});

test('counts the days until the first certificate runs out', () => {
  const { meter } = open([authority.issue({ days: 30 }), authority.issue({ days: 10 })]);
  const sample = meter.samples().find(({ name }) => name === 'pharos_tls_certificate_days_left');
  assert.equal(Math.round(sample?.value ?? 0), 10);
});

test('certificates that were replaced are read anew; those that cannot be used are refused, and the old ones stay', () => {
  const [issued, next] = [authority.issue({ dns: ['old.example'] }), authority.issue({ dns: ['new.example'] })];
  const files = { chain: join(authority.folder, 'live.pem'), key: join(authority.folder, 'live.key') };
  copyFileSync(issued.chain, files.chain);
  copyFileSync(issued.key, files.key);
  const { opened, logged } = open([files]);
  assert.ok(opened.ok);
  const certificates = opened.value;
  const names = () => certificates.current.certificates.flatMap((each) => each.names);
  assert.deepEqual(names(), ['old.example']);
  copyFileSync(next.chain, files.chain);
  assert.deepEqual(certificates.reread(), {
    ok: false,
    fault: `the key in ${files.key} does not belong to the first certificate in ${files.chain}`,
  });
  assert.deepEqual(names(), ['old.example']);
  copyFileSync(next.key, files.key);
  assert.equal(certificates.reread().ok, true);
  assert.deepEqual(names(), ['new.example']);
  assert.deepEqual(logged.at(-1), { event: 'certificates-read', fields: { certificates: 1 } });
  writeFileSync(files.chain, 'nonsense');
  assert.equal(certificates.reread().ok, false);
  assert.deepEqual(names(), ['new.example']);
});

test('a file that cannot be used is a fault at the start', () => {
  const { opened } = open([{ chain: '/absent.pem', key: '/absent.key' }]);
  assert.deepEqual(opened, { ok: false, fault: 'the certificate file /absent.pem cannot be read (ENOENT)' });
});

test('an entry names chain and key, or one file for both', () => {
  assert.deepEqual(certificatePair('/a/chain.pem:/a/key.pem'), { chain: '/a/chain.pem', key: '/a/key.pem' });
  assert.deepEqual(certificatePair('/a/both.pem'), { chain: '/a/both.pem', key: '/a/both.pem' });
  const { certificates } = tlsSection;
  assert.equal(certificates.read(['a.pem:b.pem', 'c.pem']).ok, true);
  assert.equal(certificates.read(['a:b:c']).ok, false);
});

test('without configuration there is no certificate, and other servers are verified all the same', () => {
  const { current } = noCertificates();
  assert.deepEqual(current.certificates, []);
  assert.ok(current.ownContext);
});
