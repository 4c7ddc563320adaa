import type { Log } from '../kernel/log.ts';
import type { Address } from './address.ts';

/** The servers and how they have done: the one that answered last is asked first. */
export interface NameServers {
  /** In the order in which to ask. */
  inOrder(): readonly Address[];
  answered(server: Address): void;
  failed(server: Address, reason: string): void;
}

export function createNameServers(all: readonly Address[], log: Log): NameServers {
  let first = 0;
  const failing = new Set<Address>();
  return {
    inOrder: () => [...all.slice(first), ...all.slice(0, first)],
    answered(server) {
      first = Math.max(0, all.indexOf(server));
      if (failing.delete(server)) log.info('name-server-back', { server: named(server) });
    },
    failed(server, reason) {
      if (failing.has(server)) return;
      failing.add(server);
      log.warn('name-server-failing', { server: named(server), reason });
    },
  };
}

const named = ({ host, port }: Address): string => `${host} port ${String(port)}`;
