import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressBytes } from '../../net/cidr.ts';
import { readCredentials } from '../../net/tls-credentials.ts';
import type { CredentialFiles } from '../../net/tls-credentials.ts';
import type { Certificates } from '../../sip-stack/transport/certificates.ts';

/** What a certificate of the tests says. */
export interface Wanted {
  readonly dns?: readonly string[];
  readonly uris?: readonly string[];
  readonly addresses?: readonly string[];
  readonly commonName?: string;
  /** Days from now; negative for one that has run out. */
  readonly days?: number;
}

/** PEM files. */
export interface Issued {
  readonly chain: string;
  readonly key: string;
}

/** An authority whose certificates the tests trust. */
export interface Authority {
  /** The folder of all its files. */
  readonly folder: string;
  /** The file of its own certificate. */
  readonly file: string;
  issue(wanted: Wanted): Issued;
  /** Certificates as a server has them that trusts this authority. */
  certificates(issued: readonly Issued[], changed?: Partial<CredentialFiles>): Certificates;
  remove(): void;
}

const day = 86_400_000;

/** Makes X.509 certificates (RFC 5280 §4.1) with ECDSA P-256 keys, in a temporary folder. */
export function createAuthority(name = 'Test Authority'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-tls-'));
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const validity = (days: number): Buffer => sequence(time(Date.now() - 60 * day), time(Date.now() + days * day));
  const issuer = subjectOf(name);
  const make = (
    serial: number,
    days: number,
    subject: Buffer,
    key: KeyObject,
    extensions: readonly Buffer[],
  ): string => {
    const tbs = sequence(
      tagged(0, integer(Buffer.from([2]))),
      integer(Buffer.from([1, serial >> 8, serial & 0xff])),
      ecdsaWithSha256,
      issuer,
      validity(days),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      ...(extensions.length === 0 ? [] : [tagged(3, sequence(...extensions))]),
    );
    return pem('CERTIFICATE', sequence(tbs, ecdsaWithSha256, bits(sign('sha256', tbs, own.privateKey))));
  };
  const file = join(folder, 'authority.pem');
  // basicConstraints with cA, critical (RFC 5280 §4.2.1.9).
  const isAuthority = extension([0x55, 0x1d, 0x13], sequence(Buffer.from([0x01, 0x01, 0xff])), true);
  writeFileSync(file, make(1, 365, issuer, own.publicKey, [isAuthority]));
  let serial = 1;
  return {
    folder,
    file,
    issue(wanted) {
      serial += 1;
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = alternativeNames(wanted);
      const extensions = names.length === 0 ? [] : [extension([0x55, 0x1d, 0x11], sequence(...names))];
      const [chain, key] = [join(folder, `${String(serial)}.pem`), join(folder, `${String(serial)}.key`)];
      const subject = subjectOf(wanted.commonName ?? 'test');
      writeFileSync(chain, make(serial, wanted.days ?? 30, subject, keys.publicKey, extensions));
      writeFileSync(key, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      return { chain, key };
    },
    certificates(issued, changed = {}) {
      const read = readCredentials({ certificates: issued, authorities: file, minVersion: 'TLSv1.2', ...changed });
      if (!read.ok) throw new Error(read.fault);
      return { current: read.value };
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** GeneralName: 2 dNSName, 6 uniformResourceIdentifier, 7 iPAddress (RFC 5280 §4.2.1.6). */
const alternativeNames = ({ dns = [], uris = [], addresses = [] }: Wanted): readonly Buffer[] => [
  ...dns.map((value) => der(0x82, Buffer.from(value, 'latin1'))),
  ...uris.map((value) => der(0x86, Buffer.from(value, 'latin1'))),
  ...addresses.map((value) => der(0x87, Buffer.from(addressBytes(value) ?? []))),
];

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const tagged = (number: number, part: Buffer): Buffer => der(0xa0 | number, part);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
const identifier = (bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));

const ecdsaWithSha256 = sequence(identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));

const subjectOf = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(identifier([0x55, 0x04, 0x03]), der(0x0c, Buffer.from(commonName)))));

const time = (at: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(at).toISOString().slice(0, 19).replace(/\D/g, '')}Z`));

const extension = (id: readonly number[], value: Buffer, critical = false): Buffer =>
  sequence(identifier(id), ...(critical ? [Buffer.from([0x01, 0x01, 0xff])] : []), der(0x04, value));

const pem = (label: string, bytes: Buffer): string =>
  [`-----BEGIN ${label}-----`, ...(bytes.toString('base64').match(/.{1,64}/g) ?? []), `-----END ${label}-----\n`].join(
    '\n',
  );
