/** A count that only grows. */
export interface Counter {
  add(amount?: number): void;
}

/** Where figures come from: names follow Prometheus (`pharos_<folder>_<what>_<unit or total>`). */
export interface Meter {
  /** Returns the one counter of this name and these labels; call once and keep it on the hot path. */
  counter(name: string, help: string, labels?: Readonly<Record<string, string>>): Counter;
  /** @param read called when the figure is asked for; must be cheap */
  gauge(name: string, help: string, read: () => number, labels?: Readonly<Record<string, string>>): void;
}

export interface Sample {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A meter that keeps its figures in memory and can list them. */
export function createMeter(): Meter & { samples(): readonly Sample[] } {
  const series = new Map<string, { sample: Omit<Sample, 'value'>; read: () => number; counter?: Counter }>();
  const keyOf = (name: string, labels: Readonly<Record<string, string>>): string => name + JSON.stringify(labels);
  return {
    counter(name, help, labels = {}) {
      const key = keyOf(name, labels);
      const known = series.get(key)?.counter;
      if (known !== undefined) return known;
      let total = 0;
      const counter: Counter = {
        add(amount = 1) {
          total += amount;
        },
      };
      series.set(key, { sample: { name, help, kind: 'counter', labels }, read: () => total, counter });
      return counter;
    },
    gauge(name, help, read, labels = {}) {
      series.set(keyOf(name, labels), { sample: { name, help, kind: 'gauge', labels }, read });
    },
    samples: () => [...series.values()].map(({ sample, read }) => ({ ...sample, value: read() })),
  };
}
