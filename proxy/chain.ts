import type { ProxyCall } from './call.ts';
import type { ProxyStep, StepVerdict } from './step.ts';

/**
 * Runs the steps in their order until one forwards or replies; waits only where a step does, so that a request whose steps all
 * answer at once is sent on in the tick in which it came.
 */
export function runSteps(steps: readonly ProxyStep[], call: ProxyCall, from = 0): StepVerdict | Promise<StepVerdict> {
  for (let at = from; at < steps.length; at += 1) {
    const verdict = steps[at]?.run(call) ?? 'next';
    if (verdict instanceof Promise) return runLater(verdict, steps, call, at + 1);
    if (verdict !== 'next') return verdict;
  }
  return 'forward';
}

async function runLater(
  pending: Promise<StepVerdict>,
  steps: readonly ProxyStep[],
  call: ProxyCall,
  next: number,
): Promise<StepVerdict> {
  const verdict = await pending;
  return verdict === 'next' ? runSteps(steps, call, next) : verdict;
}
