import { decode, encode } from 'dns-packet';
import { limits } from '../kernel/limits.ts';
import { canonicalHost } from './address.ts';
import type { DnsRecords, DnsType } from './dns-records.ts';
import { canonicalName, ttlMax } from './dns-records.ts';

/** One question as it is put to a server. */
export interface Question {
  readonly id: number;
  /** Canonical. */
  readonly name: string;
  readonly type: DnsType;
}

/** What the bytes that came back say. */
export type Reading =
  /** Not the answer to this question: another id, another question, or no answer at all. */
  | { readonly kind: 'foreign' }
  /** The answer did not fit into a datagram: to be asked for over TCP (RFC 1123 §6.1.3.2). */
  | { readonly kind: 'truncated' }
  | Outcome;

/** How the question to one server ended. */
export type Outcome =
  /** The server will not or cannot; the reason is the name of its response code, or 'malformed answer'. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'found'; readonly records: readonly DnsRecords[DnsType][]; readonly ttl: number }
  | { readonly kind: 'nothing'; readonly reason: 'NXDOMAIN' | 'NODATA'; readonly ttl: number }
  /** The name is another one's alias and the records there were not sent along. */
  | { readonly kind: 'alias'; readonly name: string; readonly ttl: number; readonly steps: number };

/** Bytes of an answer that we take in one datagram: what passes every path unfragmented. */
const datagramBytesMax = 1232;
const recursionDesired = 0x01_00;
/** Bytes of the header of a message (RFC 1035 §4.1.1). */
const headerBytes = 12;

/** @param extended whether to offer larger datagrams than 512 bytes (EDNS, RFC 6891 §6.2.3) */
export function writeQuestion({ id, name, type }: Question, extended: boolean): Buffer {
  return encode({
    type: 'query',
    id,
    flags: recursionDesired,
    questions: [{ name, type, class: 'IN' }],
    additionals: extended
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: datagramBytesMax,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  });
}

/** Reads what came back for a question; never throws. */
export function readAnswer(bytes: Buffer, question: Question): Reading {
  const header = headerOf(bytes);
  if (header === undefined || header.id !== question.id) return foreign;
  const { questions, records, code, truncated } = header;
  // A server that cannot read the question need not repeat it.
  if (questions === 0 && code !== 0) return { kind: 'refused', reason: nameOfCode(code) };
  if (questions !== 1) return foreign;
  if (records > limits.dnsAnswerRecordsMax) return malformed;
  const message = decoded(truncated ? withoutRecords(bytes) : bytes);
  if (message === undefined) return malformed;
  if (!repeats(message, question)) return foreign;
  if (truncated) return { kind: 'truncated' };
  return code === 0 || code === nameError
    ? follow(message, question, code)
    : { kind: 'refused', reason: nameOfCode(code) };
}

const foreign: Reading = { kind: 'foreign' };
const malformed: Reading = { kind: 'refused', reason: 'malformed answer' };
/** NXDOMAIN (RFC 1035 §4.1.1). */
const nameError = 3;

interface Header {
  readonly id: number;
  readonly code: number;
  readonly truncated: boolean;
  readonly questions: number;
  /** Of all three sections. */
  readonly records: number;
}

/** `undefined` for what is no response to a standard query. */
function headerOf(bytes: Buffer): Header | undefined {
  if (bytes.length < headerBytes) return undefined;
  const flags = bytes.readUInt16BE(2);
  const isResponse = (flags & 0x80_00) !== 0;
  const isStandardQuery = (flags & 0x78_00) === 0;
  if (!isResponse || !isStandardQuery) return undefined;
  return {
    id: bytes.readUInt16BE(0),
    code: flags & 0x0f,
    truncated: (flags & 0x02_00) !== 0,
    questions: bytes.readUInt16BE(4),
    records: bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10),
  };
}

/** A truncated message may end anywhere; its question is all that is read of it. */
function withoutRecords(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0, 6, headerBytes);
  return copy;
}

/** The slice of dns-packet's records that is used here. */
interface Message {
  readonly questions: readonly { readonly name: string; readonly type: string; readonly class?: string }[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
}

interface ResourceRecord {
  readonly name: string;
  readonly type: string;
  readonly class?: string;
  readonly ttl?: number;
  readonly data?: unknown;
}

function decoded(bytes: Buffer): Message | undefined {
  try {
    const { questions = [], answers = [], authorities = [] } = decode(bytes);
    return { questions, answers, authorities } as Message;
  } catch {
    // The library throws on every fault of the bytes: they come from outside, and a fault of theirs is a value here.
    return undefined;
  }
}

function repeats({ questions }: Message, { name, type }: Question): boolean {
  const [repeated] = questions;
  return repeated?.type === type && repeated.class === 'IN' && canonicalName(repeated.name) === name;
}

/** From the name asked for along its aliases to the records (RFC 1034 §3.6.2); what else is in the answer is not believed. */
function follow({ answers, authorities }: Message, question: Question, code: number): Reading {
  let name = question.name;
  let ttl = ttlMax;
  for (let steps = 0; steps <= limits.dnsAliasesMax; steps += 1) {
    const here = answers.filter((record) => record.class === 'IN' && canonicalName(record.name) === name);
    const matching = here.filter((record) => record.type === question.type);
    if (matching.length > 0) return recordsOf(matching, question.type, ttl);
    const alias = here.find((record) => record.type === 'CNAME');
    if (alias === undefined || typeof alias.data !== 'string') {
      const zone = authorities.find((record) => record.type === 'SOA');
      if (code === nameError) return { kind: 'nothing', reason: 'NXDOMAIN', ttl: Math.min(ttl, negativeTtl(zone)) };
      if (steps > 0 && zone === undefined) return { kind: 'alias', name, ttl, steps };
      return { kind: 'nothing', reason: 'NODATA', ttl: Math.min(ttl, negativeTtl(zone)) };
    }
    ttl = Math.min(ttl, ttlOf(alias));
    name = canonicalName(alias.data);
  }
  return { kind: 'refused', reason: 'too many aliases' };
}

/** Values with the highest bit set are taken as 0 (RFC 2181 §8). */
const ttlOf = ({ ttl = 0 }: ResourceRecord): number => (ttl > ttlMax ? 0 : ttl);

/** The lesser of the SOA's own TTL and its MINIMUM (RFC 2308 §5); 0 without one, which is not to be remembered. */
function negativeTtl(zone: ResourceRecord | undefined): number {
  if (zone === undefined) return 0;
  const { minimum = 0 } = (zone.data ?? {}) as { readonly minimum?: number };
  return Math.min(ttlOf(zone), minimum);
}

function recordsOf(found: readonly ResourceRecord[], type: DnsType, ttl: number): Reading {
  const records: DnsRecords[DnsType][] = [];
  let least = ttl;
  for (const record of found.slice(0, limits.dnsRecordsMax)) {
    const value = readers[type](record.data);
    if (value === undefined) return malformed;
    records.push(value);
    least = Math.min(least, ttlOf(record));
  }
  return { kind: 'found', records, ttl: least };
}

const hostFrom = (data: unknown): string | undefined => (typeof data === 'string' ? canonicalHost(data) : undefined);

/** Takes the data of a record as dns-packet gives it; `undefined` when it is not what the type says. */
const readers: { readonly [Type in DnsType]: (data: unknown) => DnsRecords[Type] | undefined } = {
  A: hostFrom,
  AAAA: hostFrom,
  SRV(data) {
    const { priority, weight, port, target } = (data ?? {}) as Partial<DnsRecords['SRV']>;
    if (priority === undefined || weight === undefined || port === undefined || target === undefined) return undefined;
    return { priority, weight, port, target: canonicalName(target) };
  },
  NAPTR(data) {
    const { order, preference, flags, services, regexp, replacement } = (data ?? {}) as Partial<DnsRecords['NAPTR']>;
    if (order === undefined || preference === undefined || flags === undefined) return undefined;
    if (services === undefined || regexp === undefined || replacement === undefined) return undefined;
    return { order, preference, flags, services, regexp, replacement: canonicalName(replacement) };
  },
};

const codes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const nameOfCode = (code: number): string => codes[code] ?? `RCODE${String(code)}`;
