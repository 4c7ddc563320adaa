import type { Clock } from '../../kernel/clock.ts';
import { instant } from '../../kernel/clock.ts';
import { readLocalAddresses } from '../../net/interfaces.ts';
import { isLocalSix } from './address-order.ts';

/** Milliseconds after which the machine's addresses are read again. */
const validFor = 60_000;

/** Tells whether this machine has an IPv6 address that reaches beyond its link. */
export function createGlobalSix(clock: Clock, read = readLocalAddresses): () => boolean {
  let readAt = instant(0);
  let reaches = false;
  return () => {
    const now = clock.now();
    if (now - readAt > validFor) {
      readAt = now;
      reaches = read().some(({ host, family }) => family === 6 && !isLocalSix(host));
    }
    return reaches;
  };
}
