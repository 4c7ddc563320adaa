import { nearestName } from '../config/nearest.ts';
import type { EventPackage } from '../events/package.ts';
import type { Log } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { PlacedStep } from '../proxy/steps/order.ts';
import { defaultOrder } from '../proxy/steps/settings.ts';
import type { Registration } from '../sip-stack/registration.ts';
import type { ExtensionContext } from './extension.ts';
import { type ExtensionModule, reasonOf } from './extension-modules.ts';
import { eventPackageKind, handlerKind, isGiven, type PartKind, stepKind } from './extension-shape.ts';
import type { ExtensionsConfig } from './extensions-section.ts';
import { settingEntry } from './extensions-section.ts';

/** What the modules of an operator add to the server. */
export interface Extensions {
  readonly steps: readonly PlacedStep[];
  readonly eventPackages: readonly EventPackage[];
  readonly handlers: readonly Registration[];
}

/** Names of this server that a module cannot take. */
export interface TakenNames {
  readonly eventPackages: readonly string[];
  readonly methods: readonly string[];
}

/**
 * Makes the parts of all modules and looks at their shape: what an author has wrong shows at the start, not at the first call.
 *
 * @fault sentences without full stop, those of all modules at once
 */
export function createExtensions(
  deps: { readonly modules: readonly ExtensionModule[]; readonly context: Omit<ExtensionContext, 'settings'> },
  config: Pick<ExtensionsConfig, 'settings'>,
  taken: TakenNames,
): Result<Extensions, readonly string[]> {
  const { modules, context } = deps;
  const faults: string[] = [];
  const settings = settingsByModule(config.settings, modules, faults);
  const steps = createPartList(stepKind, defaultOrder, faults);
  const eventPackages = createPartList(eventPackageKind, taken.eventPackages, faults);
  const handlers = createPartList(handlerKind, [...taken.methods, 'ACK', 'CANCEL'], faults);
  for (const module of modules) {
    const known = faults.length;
    const own: ExtensionContext = { ...context, settings: Object.fromEntries(settings.get(nameOf(module)) ?? []) };
    const counts = [steps, eventPackages, handlers].map((list) => list.take(module, own));
    if ('usages' in module.exports) {
      faults.push(`extension ${module.written} brings XCAP usages, and this server has no XCAP`);
    } else if (faults.length === known && counts.every((count) => count === undefined)) {
      faults.push(`extension ${module.written} exports neither steps nor eventPackages nor handlers`);
    }
    if (faults.length === known) tell(context.log, module, counts);
  }
  if (faults.length > 0) return fail(faults);
  return ok({ steps: steps.parts, eventPackages: eventPackages.parts, handlers: handlers.parts });
}

function tell(log: Log, { written }: ExtensionModule, counts: readonly (number | undefined)[]): void {
  const [steps = 0, eventPackages = 0, handlers = 0] = counts;
  log.info('extension-loaded', { module: written, steps, eventPackages, handlers });
}

const nameOf = ({ name, exports }: ExtensionModule): string => {
  const own = exports['name'];
  return typeof own === 'string' && own !== '' ? own : name;
};

/** The settings of each module by its name; an entry for no module is a fault. */
function settingsByModule(
  entries: readonly string[],
  modules: readonly ExtensionModule[],
  faults: string[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const byModule = new Map(modules.map((module) => [nameOf(module), new Map<string, string>()]));
  for (const entry of entries) {
    const [, module = '', name = '', value = ''] = settingEntry.exec(entry) ?? [];
    const own = byModule.get(module);
    if (own !== undefined) own.set(name, value);
    else {
      const near = nearestName(module, [...byModule.keys()]);
      const meant = near === undefined ? '' : `: did you mean ${near}`;
      faults.push(`extensions.settings has ${module}.${name}, and there is no extension called ${module}${meant}`);
    }
  }
  return byModule;
}

interface PartList<Part> {
  readonly parts: readonly Part[];
  /** @returns how many parts the module has of this kind; undefined when it exports none */
  take(module: ExtensionModule, context: ExtensionContext): number | undefined;
}

function createPartList<Part>(kind: PartKind<Part>, taken: readonly string[], faults: string[]): PartList<Part> {
  const parts: Part[] = [];
  const owners = new Map<string, string>(taken.map((name) => [name.toLowerCase(), 'this server']));
  return {
    parts,
    take(module, context) {
      const { written, exports } = module;
      if (exports[kind.member] === undefined) return undefined;
      const listed = listOf(exports[kind.member], context);
      if (typeof listed === 'string') {
        faults.push(`extension ${written}: ${kind.member} ${listed}`);
        return undefined;
      }
      for (const [at, given] of listed.entries()) {
        const place = `extension ${written}: ${kind.noun} ${String(at + 1)}`;
        const fault = isGiven(given) ? kind.faultOf(given) : 'is no object';
        if (fault !== undefined) {
          faults.push(`${place} ${fault}`);
          continue;
        }
        const part = given as Part;
        const name = kind.nameOf(part);
        const owner = owners.get(name.toLowerCase());
        if (owner === undefined) parts.push(part);
        else faults.push(`${place} is called ${name}, as one of ${owner} is`);
        owners.set(name.toLowerCase(), owner ?? `extension ${written}`);
      }
      return listed.length;
    },
  };
}

/** The list, or what a factory makes; a clause when there is none. */
function listOf(given: unknown, context: ExtensionContext): readonly unknown[] | string {
  try {
    const list: unknown =
      typeof given === 'function' ? (given as (context: ExtensionContext) => unknown)(context) : given;
    return Array.isArray(list) ? (list as readonly unknown[]) : 'is no list and no function that gives one';
  } catch (error) {
    // The author's own words, at the start, where they can be read.
    return `failed: ${reasonOf(error)}`;
  }
}
