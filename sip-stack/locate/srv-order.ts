import type { Chance } from '../../kernel/chance.ts';
import type { Service } from './resolver-port.ts';

/**
 * The order in which to try the servers of a service (RFC 2782, "Usage rules"): by priority, and within one by chance, in
 * proportion to the weights.
 */
export function orderServices(services: readonly Service[], chance: Chance): readonly Service[] {
  const priorities = [...new Set(services.map(({ priority }) => priority))].sort((one, other) => one - other);
  return priorities.flatMap((priority) =>
    byWeight(
      services.filter((service) => service.priority === priority),
      chance,
    ),
  );
}

function byWeight(services: readonly Service[], chance: Chance): readonly Service[] {
  const unordered = [...services].sort(lightestFirst);
  const ordered: Service[] = [];
  while (unordered.length > 0) ordered.push(...unordered.splice(choose(unordered, chance), 1));
  return ordered;
}

/**
 * Those of weight 0 at the beginning have "a very small chance of being selected" before others (RFC 2782); the rest in an
 * order that does not depend on how the server mixed them (RFC 3263 §4.4).
 */
const lightestFirst = (one: Service, other: Service): number =>
  Math.min(one.weight, 1) - Math.min(other.weight, 1) ||
  (one.target < other.target ? -1 : one.target > other.target ? 1 : one.port - other.port);

/** The first whose running sum is not below a number drawn from 0 to the sum of all, both included. */
function choose(unordered: readonly Service[], chance: Chance): number {
  const sum = unordered.reduce((total, { weight }) => total + weight, 0);
  // Without weights any order will do: one that spreads the load.
  if (sum === 0) return chance(unordered.length);
  const drawn = chance(sum + 1);
  let running = 0;
  return unordered.findIndex(({ weight }) => {
    running += weight;
    return running >= drawn;
  });
}
