import { readFileSync } from 'node:fs';
import { canonicalHost } from './address.ts';

/** Names that are known without asking: lower case, each with its numeric addresses. */
export type Hosts = ReadonlyMap<string, readonly string[]>;

/** The machine's hosts file; empty when there is none. */
export function readHosts(path = '/etc/hosts'): Hosts {
  try {
    return parseHosts(readFileSync(path, 'utf8'));
  } catch {
    // A machine without the file knows no names by itself; DNS is asked for all.
    return parseHosts('');
  }
}

/** Reads the format of hosts(5): an address and its names on each line, `#` starts a comment. */
export function parseHosts(text: string): Hosts {
  // localhost is loopback everywhere and is never asked for in DNS (RFC 6761 §6.3).
  const hosts = new Map<string, readonly string[]>([['localhost', ['127.0.0.1', '::1']]]);
  for (const line of text.split('\n')) {
    const [written = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    const address = canonicalHost(written);
    if (address === undefined) continue;
    for (const name of names) {
      const known = hosts.get(name) ?? [];
      if (name !== 'localhost' && !known.includes(address)) hosts.set(name, [...known, address]);
    }
  }
  return hosts;
}
