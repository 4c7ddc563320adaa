import type { AllValues, Sections } from './setting.ts';

/** What a reload did: which settings took effect, and which differ but wait for the next start. */
export interface ReloadOutcome {
  /** By `section.name`. */
  readonly applied: readonly string[];
  readonly needRestart: readonly string[];
}

/** Configuration that keeps its identity while live settings change in it. */
export interface LiveConfig<All extends Sections> {
  /** Read a live member at the point of use; a copy taken at construction stays as it was. */
  readonly values: AllValues<All>;
  reload(next: AllValues<All>): ReloadOutcome;
}

/** Holds the values of all sections; only this object changes them, and only those declared `reload: 'live'`. */
export function createLiveConfig<const All extends Sections>(sections: All, first: AllValues<All>): LiveConfig<All> {
  const held = new Map(Object.entries(first).map(([name, values]) => [name, { ...values } as Held] as const));
  return {
    values: Object.fromEntries(held) as AllValues<All>,
    reload(next) {
      const applied: string[] = [];
      const needRestart: string[] = [];
      for (const [sectionName, settings] of Object.entries(sections)) {
        const values = held.get(sectionName);
        const wanted = next[sectionName] as Held | undefined;
        if (values === undefined || wanted === undefined) continue;
        for (const [name, setting] of Object.entries(settings)) {
          if (same(values[name], wanted[name])) continue;
          const path = `${sectionName}.${name}`;
          if (setting.reload === 'live') {
            values[name] = wanted[name];
            applied.push(path);
          } else {
            needRestart.push(path);
          }
        }
      }
      return { applied, needRestart };
    },
  };
}

type Held = Record<string, unknown>;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
