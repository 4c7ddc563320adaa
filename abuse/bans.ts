import { put, remove, type Store } from '../db/store.ts';
import type { Clock, Instant, Seconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { canonicalHost } from '../net/address.ts';
import { addressBytes, type Cidr, inNetwork, parseCidr } from '../net/cidr.ts';
import type { Networks } from '../net/networks.ts';
import { isThisMachine, type Source } from './sources.ts';
import { type Ban, bansTable } from './tables.ts';

/** Who is shut out, until when. */
export interface Bans {
  /** On the path of every datagram: while nobody is banned, nothing is looked up. */
  isBanned(host: string, port: number | undefined): boolean;
  /** Of the server itself; ignored for networks that are never banned, and beyond limits.bansMax. */
  impose(host: string, port: number, reason: string, length: Seconds): void;
  /**
   * Of the operator.
   *
   * @param text an address or a network
   * @fault a sentence
   */
  add(text: string, reason: string, length: Seconds): Promise<Result<void, string>>;
  /** @fault a sentence, also when there is none */
  remove(text: string): Promise<Result<void, string>>;
  /** Those in force, by source. */
  list(): readonly Ban[];
  /** Takes out what has ended. */
  sweep(now: Instant): void;
}

export interface BansDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly source: Source;
  /** Networks that are never banned. */
  readonly exempt: Networks;
}

export function createBans(deps: BansDeps): Bans {
  const { store, clock, log, source } = deps;
  /** Ends, by source. */
  const single = new Map<string, number>();
  const wide = createWideBans(deps.exempt);
  const imposed = deps.meter.counter('pharos_abuse_bans_total', 'Sources that were banned');
  deps.meter.gauge('pharos_abuse_bans', 'Bans in force', () => single.size + wide.size);

  const learn = (ban: Ban): void => {
    const network = ban.source.includes('/') ? parseCidr(ban.source) : undefined;
    if (network !== undefined && !isOneSource(network)) wide.set(ban.source, network, ban.until);
    else single.set(ban.source, ban.until);
  };
  const forget = (name: string): void => {
    single.delete(name);
    wide.remove(name);
  };
  const record = (ban: Ban): void => {
    learn(ban);
    imposed.add();
    log.warn('source-banned', { source: ban.source, reason: ban.reason, seconds: (ban.until - ban.bannedAt) / 1000 });
  };
  for (const ban of store.all(bansTable)) learn(ban);

  return {
    isBanned(host, port) {
      if (single.size > 0) {
        const until = port === undefined && isThisMachine(host) ? undefined : single.get(source(host, port ?? 0));
        if (until !== undefined && until > clock.now()) return true;
      }
      return wide.size > 0 && wide.covers(host, clock.now());
    },
    impose(host, port, reason, length) {
      const name = source(host, port);
      if (deps.exempt(host) || single.has(name) || store.size(bansTable) >= limits.bansMax) return;
      const now = clock.now();
      const ban: Ban = { source: name, reason, bannedAt: now, until: now + length * 1000 };
      record(ban);
      store.note([put(bansTable, ban)]);
    },
    async add(text, reason, length) {
      const name = nameOf(text, source);
      if (name === undefined) return fail(`${text} is no address and no network such as 203.0.113.0/24`);
      if (deps.exempt(hostOf(name))) return fail(`${text} is never banned (abuse.neverBanned, auth.trustedPeers)`);
      if (store.size(bansTable) >= limits.bansMax) return fail('there are as many bans as there can be; remove some');
      const now = clock.now();
      const ban: Ban = { source: name, reason, bannedAt: now, until: now + length * 1000 };
      const written = await store.transact([put(bansTable, ban)]);
      if (!written.ok) return fail(`the database could not take the ban (${written.fault})`);
      record(ban);
      return ok(undefined);
    },
    async remove(text) {
      const name = store.get(bansTable, [text]) === undefined ? (nameOf(text, source) ?? text) : text;
      if (store.get(bansTable, [name]) === undefined) return fail(`${text} is not banned`);
      const removed = await store.transact([remove(bansTable, [name])]);
      if (!removed.ok) return fail(`the database could not remove the ban (${removed.fault})`);
      forget(name);
      log.info('ban-lifted', { source: name });
      return ok(undefined);
    },
    list: () => [...store.all(bansTable)].sort((a, b) => (a.source < b.source ? -1 : 1)),
    sweep(now) {
      for (const ban of store.expired(bansTable, now, limits.rowsPerTurnMax)) {
        forget(ban.source);
        store.note([remove(bansTable, [ban.source])]);
        log.info('ban-ended', { source: ban.source });
      }
    },
  };
}

/** Whether a network is what `Source` takes for one sender. */
const isOneSource = (network: Cidr): boolean => network.bytes.length === 16 && network.length === 64;

/** The name under which an address or network is kept; undefined for what is neither. */
function nameOf(text: string, source: Source): string | undefined {
  const network = text.includes('/') ? parseCidr(text) : undefined;
  if (network !== undefined) return isOneSource(network) ? source(hostOf(text), 0) : text;
  // Of this machine, one program is named by its port.
  const program = /^(?:127\.0\.0\.1|\[::1\]):\d{1,5}$/.exec(text);
  if (program !== null) return text;
  const host = canonicalHost(text);
  return host === undefined || isThisMachine(host) ? undefined : source(host, 0);
}

const hostOf = (name: string): string => (name.includes('/') ? name.slice(0, name.indexOf('/')) : name);

interface WideBans {
  readonly size: number;
  set(name: string, network: Cidr, until: number): void;
  remove(name: string): void;
  covers(host: string, now: number): boolean;
}

/** Bans of whole networks. Ends are remembered by address, anew after each change (limits.peersRememberedMax). */
function createWideBans(exempt: Networks): WideBans {
  const networks = new Map<string, { readonly network: Cidr; readonly until: number }>();
  const ends = new Map<string, number>();
  const endFor = (host: string): number => {
    const address = addressBytes(host);
    if (address === undefined || exempt(host)) return 0;
    let end = 0;
    for (const { network, until } of networks.values()) if (inNetwork(address, network)) end = Math.max(end, until);
    return end;
  };
  return {
    get size() {
      return networks.size;
    },
    set(name, network, until) {
      networks.set(name, { network, until });
      ends.clear();
    },
    remove(name) {
      if (networks.delete(name)) ends.clear();
    },
    covers(host, now) {
      let end = ends.get(host);
      if (end === undefined) {
        end = endFor(host);
        if (ends.size >= limits.peersRememberedMax) ends.clear();
        ends.set(host, end);
      }
      return end > now;
    },
  };
}
