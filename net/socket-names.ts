import { limits } from '../kernel/limits.ts';
import type { Address } from './address.ts';
import { familyOf } from './address.ts';
import type { SocketCalls } from './socket-calls.ts';

/** AF_INET and AF_INET6 of Linux. */
export const systemFamily = { 4: 2, 6: 10 } as const;

/** Bytes of a scratch place: long enough for an IPv6 address (INET6_ADDRSTRLEN) or an interface (IF_NAMESIZE). */
const textBytesMax = 64;

/** Addresses to struct sockaddr and back; the texts of hosts are remembered, both ways. */
export interface SocketNames {
  /**
   * Writes a sockaddr of the family.
   *
   * @returns its bytes, 0 when the host is no address of the family
   */
  write(names: Int32Array, at: number, family: 4 | 6, to: Address): number;
  read(names: Int32Array, at: number): Address;
}

export function createSocketNames(calls: SocketCalls): SocketNames {
  const scratch = Buffer.allocUnsafeSlow(textBytesMax).fill(0);
  const scratchWords = new Int32Array(scratch.buffer, scratch.byteOffset, textBytesMax / 4);
  const scratchAt = calls.pointerTo(scratch);
  /** The words of a sockaddr after the one with family and port; none for what is no address of the family. */
  const known = { 4: new Map<string, readonly number[]>(), 6: new Map<string, readonly number[]>() };
  const hosts4 = new Map<number, string>();
  const hosts6 = new Map<string, string>();

  const parse = (host: string, family: 4 | 6): readonly number[] => {
    const [numeric = '', zone] = host.split('%');
    if (familyOf(host) !== family || calls.parseAddress(systemFamily[family], numeric, scratchAt) !== 1) return [];
    if (family === 4) return [scratchWords[0] ?? 0];
    const scope = zone === undefined ? 0 : calls.interfaceIndex(zone) || Number.parseInt(zone, 10) || 0;
    return [0, ...scratchWords.subarray(0, 4), scope];
  };

  const text = (): string => scratch.toString('latin1', 0, Math.max(0, scratch.indexOf(0)));

  const zoneOf = (scope: number): string => {
    if (scope === 0) return '';
    scratch.fill(0);
    calls.interfaceName(scope, scratchAt);
    return `%${text() || String(scope)}`;
  };

  const host6 = (names: Int32Array, at: number): string => {
    const words = names.subarray(at + 2, at + 7);
    const key = words.join();
    const host = hosts6.get(key);
    if (host !== undefined) return host;
    scratchWords.set(words);
    calls.writeAddress(systemFamily[6], scratchAt, scratchAt + 16, textBytesMax - 16);
    scratch.copyWithin(0, 16);
    return remember(hosts6, key, `${text()}${zoneOf(words[4] ?? 0)}`);
  };

  return {
    write(names, at, family, to) {
      const words = known[family].get(to.host) ?? remember(known[family], to.host, parse(to.host, family));
      names[at] = systemFamily[family] | (swapped(to.port) << 16);
      for (let index = 0; index < words.length; index += 1) names[at + 1 + index] = words[index] ?? 0;
      if (words.length === 0) return 0;
      return family === 4 ? 16 : 28;
    },
    read(names, at) {
      const first = names[at] ?? 0;
      const port = swapped(first >>> 16);
      if ((first & 0xffff) !== systemFamily[4]) return { host: host6(names, at), port };
      const word = names[at + 1] ?? 0;
      return { host: hosts4.get(word) ?? remember(hosts4, word, dotted(word)), port };
    },
  };
}

function remember<Key, Value>(memory: Map<Key, Value>, key: Key, value: Value): Value {
  if (memory.size >= limits.peersRememberedMax) memory.clear();
  memory.set(key, value);
  return value;
}

/** A port between the machine's order and the network's. */
const swapped = (port: number): number => ((port & 0xff) << 8) | (port >>> 8);

const dotted = (word: number): string =>
  `${String(word & 255)}.${String((word >>> 8) & 255)}.${String((word >>> 16) & 255)}.${String(word >>> 24)}`;
