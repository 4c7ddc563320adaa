import { nearestName } from '../../config/nearest.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { ProxyStep } from '../step.ts';

/** A step of an operator, with where it stands when `proxy.steps` does not name it. */
export interface PlacedStep extends ProxyStep {
  /** The step that it stands in front of; `location` when left out: who asks is known by then, where it goes is not. */
  readonly before?: string;
}

/** Without them there is an open relay or a request that never ends. */
const indispensable = ['hops', 'loop', 'admit'] as const;

/**
 * Puts the steps into the order of `proxy.steps`.
 *
 * @param own     the steps of this server
 * @param added   those of extensions; one that is not named goes where it asks to stand
 * @param wanted  names, in order
 * @fault sentences without full stop: what is named and does not exist, stands twice, is missing
 */
export function orderSteps(
  own: readonly ProxyStep[],
  added: readonly PlacedStep[],
  wanted: readonly string[],
): Result<readonly ProxyStep[], readonly string[]> {
  const known = new Map<string, ProxyStep>([...own, ...added].map((step) => [step.name, step]));
  const faults: string[] = [];
  const ordered: ProxyStep[] = [];
  for (const name of wanted) {
    const step = known.get(name);
    if (step === undefined) faults.push(`proxy.steps names ${name}, and there is no such step${hint(name, known)}`);
    else if (ordered.includes(step)) faults.push(`proxy.steps names ${name} twice`);
    else ordered.push(step);
  }
  for (const name of indispensable) {
    if (!wanted.includes(name)) faults.push(`proxy.steps leaves out ${name}, which no proxy can do without`);
  }
  for (const step of added) {
    if (ordered.includes(step)) continue;
    const place = ordered.findIndex(({ name }) => name === (step.before ?? 'location'));
    if (place >= 0) ordered.splice(place, 0, step);
    else if (step.before === undefined) ordered.push(step);
    else
      faults.push(
        `step ${step.name} is to stand before ${step.before}, which is not among the steps${hint(step.before, known)}`,
      );
  }
  return faults.length > 0 ? fail(faults) : ok(ordered);
}

function hint(written: string, known: ReadonlyMap<string, ProxyStep>): string {
  const near = nearestName(written, [...known.keys()]);
  return near === undefined || near === written ? '' : `: did you mean ${near}`;
}
