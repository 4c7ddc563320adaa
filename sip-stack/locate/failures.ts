import type { Clock, Instant, Seconds } from '../../kernel/clock.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Destination } from '../destination.ts';
import { hostPort } from '../flow-key.ts';

/** Remembers which addresses did not answer (RFC 3263 §4.3, RFC 3261 §21.5.4). */
export interface Failures {
  has(destination: Address): boolean;
  add(destination: Address, retryAfter: Seconds | undefined): void;
}

export interface FailuresConfig {
  /** How long an address that did not answer is tried last. Read at the point of use. */
  readonly failedFor: Seconds;
  /** The longest Retry-After that is believed. */
  readonly retryAfterMax: Seconds;
}

export type Address = Destination & { readonly kind: 'address' };

export function createFailures(
  deps: { readonly clock: Clock; readonly meter: Meter },
  config: FailuresConfig,
): Failures {
  const untils = new Map<string, Instant>();
  deps.meter.gauge('pharos_sip_destinations_failed', 'Addresses that are tried last', () => untils.size);

  return {
    has(destination) {
      if (untils.size === 0) return false;
      const key = keyOf(destination);
      const until = untils.get(key);
      if (until === undefined) return false;
      if (until > deps.clock.now()) return true;
      untils.delete(key);
      return false;
    },
    add(destination, retryAfter) {
      const length = retryAfter === undefined ? config.failedFor : Math.min(retryAfter, config.retryAfterMax);
      if (length <= 0) return;
      for (const oldest of untils.keys()) {
        if (untils.size < limits.peersRememberedMax) break;
        untils.delete(oldest);
      }
      untils.set(keyOf(destination), secondsAfter(deps.clock.now(), length as Seconds));
    },
  };
}

const keyOf = ({ transport, peer }: Address): string => `${transport.viaToken} ${hostPort(peer)}`;
