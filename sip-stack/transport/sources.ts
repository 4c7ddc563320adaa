import type { Clock, Instant } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { isLoopback } from '../../net/address.ts';
import type { Peer } from '../flow.ts';
import type { Admission } from './admission.ts';
import type { TransportSettings } from './settings.ts';

/** Counts the connections of each source address, over all kinds of transport. */
export interface Sources {
  /** Takes a new connection in, or says why not: 'unwanted' ones are dropped without a word. */
  enter(peer: Peer): 'entered' | 'unwanted' | 'too-many' | 'too-fast';
  /** A connection that had entered is gone. */
  leave(peer: Peer): void;
}

interface Source {
  open: number;
  /** Connections it may still begin at once; refilled with time. */
  credit: number;
  at: Instant;
}

/** This machine (a reverse proxy, a bench) and trusted peers have no limit of their own. */
export function createSources(
  deps: { readonly clock: Clock; readonly admission: Admission },
  settings: Pick<TransportSettings, 'connectionsPerSourceMax' | 'connectionsPerSourceRate'>,
): Sources {
  const { clock, admission } = deps;
  const known = new Map<string, Source>();

  const sourceOf = (host: string): Source => {
    const found = known.get(host);
    if (found !== undefined) return found;
    if (known.size >= limits.peersRememberedMax) forgetTheGone(known);
    const source = { open: 0, credit: settings.connectionsPerSourceRate, at: clock.now() };
    known.set(host, source);
    return source;
  };

  return {
    enter({ host, port }) {
      if (!admission.admits(host, port)) return 'unwanted';
      if (isLoopback(host) || admission.trusts?.(host) === true) return 'entered';
      const source = sourceOf(host);
      const now = clock.now();
      const rate = settings.connectionsPerSourceRate;
      source.credit = Math.min(rate, source.credit + ((now - source.at) / 1000) * rate);
      source.at = now;
      if (source.open >= settings.connectionsPerSourceMax) return 'too-many';
      if (source.credit < 1) return 'too-fast';
      source.credit -= 1;
      source.open += 1;
      return 'entered';
    },
    leave({ host }) {
      const source = known.get(host);
      if (source !== undefined && source.open > 0) source.open -= 1;
    },
  };
}

/** Those without a connection may begin anew: who comes and goes over so many addresses is not told by one of them. */
function forgetTheGone(known: Map<string, Source>): void {
  for (const [host, { open }] of known) {
    if (open === 0) known.delete(host);
  }
}
