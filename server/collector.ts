import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8's collector under which what is dead dies young (ADR 0012). Both put objects into the old generation that are not
 * old: allocation sites taken for long-lived, and whole pages with much alive on them. There they keep what they point to until
 * the next full collection, and what that points to is promoted in its turn. In force for what is allocated from now on.
 */
const flags = ['--no-allocation-site-pretenuring', '--no-page-promotion'] as const;

/** To be called once, before the server is made: by the command that runs it, not by a library. */
export function tuneCollector(): void {
  for (const flag of flags) setFlagsFromString(flag);
}
