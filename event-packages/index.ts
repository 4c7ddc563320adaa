import type { EventPackage, EventPackages } from '../events/package.ts';
import type { PresenceConfig } from '../presence/settings.ts';
import type { PresenceDeps } from './presence.ts';
import { createPresencePackage } from './presence.ts';

/** What the packages need, one member for each that needs something. */
export interface EventPackageDeps {
  readonly presence: PresenceDeps;
}

export interface EventPackageConfig {
  readonly presence: PresenceConfig;
}

/** The event packages of this server, one line for each; Allow-Events is made from it. */
export function createEventPackages(deps: EventPackageDeps, config: EventPackageConfig): EventPackages {
  return listed([createPresencePackage(deps.presence, config.presence)]);
}

function listed(all: readonly EventPackage[]): EventPackages {
  const byName = new Map(all.map((eventPackage) => [eventPackage.name, eventPackage]));
  return { all, find: (name) => byName.get(name) ?? byName.get(name.toLowerCase()) };
}
