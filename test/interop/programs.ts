import { spawnSync } from 'node:child_process';

/**
 * Why a test of another program cannot run here, for node:test's `skip`; `false` when it can. In CI a missing program is a
 * failure: the test runs and says so.
 */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (absent.length === 0 || process.env['CI'] === 'true') return false;
  return `not installed here: ${absent.join(', ')} (apt-get install baresip linphone-cli sip-tester sipsak tshark)`;
}

/** Polls until `holds` is true; fails with `what` after `patience` milliseconds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience = 15_000,
): Promise<void> {
  const until = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`waited ${String(patience)} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
