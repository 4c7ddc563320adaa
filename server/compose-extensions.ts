import type { Store } from '../db/store.ts';
import type { Publications } from '../esc/publications.ts';
import type { EventPackages } from '../events/package.ts';
import type { Aor } from '../kernel/aor.ts';
import type { Clock, Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail } from '../kernel/result.ts';
import type { ExtensionModule } from './extension-modules.ts';
import { createExtensions, type Extensions } from './extensions.ts';
import type { ExtensionsConfig } from './extensions-section.ts';

export interface ExtensionDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly meter: Meter;
  readonly store: Store;
  readonly users: { has(aor: Aor): boolean };
  readonly publications: Publications;
  readonly packages: EventPackages;
  /** Imported before (extension-modules.ts); none for a server without extensions. */
  readonly extensionModules?: readonly ExtensionModule[];
}

/** Methods that the server answers itself: a module cannot take them. */
const ownMethods = ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'OPTIONS'] as const;

/**
 * Makes what the modules of the operator add.
 *
 * @fault all that is wrong with them, one sentence on each line
 */
export function composeExtensions(deps: ExtensionDeps, config: ExtensionsConfig): Result<Extensions, string> {
  const { clock, scheduler, log, meter, store, users, publications, packages } = deps;
  const made = createExtensions(
    {
      modules: deps.extensionModules ?? [],
      context: {
        log,
        meter,
        clock,
        scheduler,
        isUser: (aor) => users.has(aor),
        published: (eventPackage, resource) =>
          publications
            .of(eventPackage, resource)
            .map(({ contentType, body }) => ({ contentType, body: Buffer.from(body, 'latin1') })),
        changed: (eventPackage, resource) => {
          // Nothing is written: news only, which the store gives to the feed after what was written before it.
          void store.transact([], [{ eventPackage, resource }]);
        },
      },
    },
    config,
    { eventPackages: packages.all.map(({ name }) => name), methods: ownMethods },
  );
  return made.ok ? made : fail(sentences(made.fault));
}

/** Faults without full stop as lines for people. */
export const sentences = (faults: readonly string[]): string => faults.map((fault) => `${fault}.`).join('\n');
