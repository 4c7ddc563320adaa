import type { EventPackage, EventPackages } from '../events/package.ts';
import type { PresenceConfig } from '../presence/settings.ts';
import type { PresenceDeps } from './presence.ts';
import { createPresencePackage } from './presence.ts';
import type { RegDeps } from './reg.ts';
import { createRegPackage } from './reg.ts';
import type { RegConfig } from './settings.ts';

/** What the packages need, one member for each that needs something. */
export interface EventPackageDeps {
  readonly presence: PresenceDeps;
  readonly reg: RegDeps;
}

export interface EventPackageConfig {
  readonly presence: PresenceConfig;
  readonly reg: RegConfig;
}

/** The event packages of this server, one line for each; Allow-Events is made from it. */
export function createEventPackages(deps: EventPackageDeps, config: EventPackageConfig): EventPackages {
  return listed([createPresencePackage(deps.presence, config.presence), createRegPackage(deps.reg, config.reg)]);
}

/** The packages with those of an operator's extensions. */
export const withPackages = (known: EventPackages, added: readonly EventPackage[]): EventPackages =>
  added.length === 0 ? known : listed([...known.all, ...added]);

function listed(all: readonly EventPackage[]): EventPackages {
  const byName = new Map(all.map((eventPackage) => [eventPackage.name, eventPackage]));
  return { all, find: (name) => byName.get(name) ?? byName.get(name.toLowerCase()) };
}
