import type { Sample } from '../kernel/meter.ts';

/**
 * Figures in the text format of Prometheus, version 0.0.4: each family with its HELP and TYPE, then its series.
 *
 * @returns lines without their ends
 */
export function exposition(samples: readonly Sample[]): readonly string[] {
  const families = new Map<string, Sample[]>();
  for (const sample of samples) {
    const family = families.get(sample.name);
    if (family === undefined) families.set(sample.name, [sample]);
    else family.push(sample);
  }
  return [...families.keys()].sort().flatMap((name) => familyLines(name, families.get(name) ?? []));
}

function familyLines(name: string, samples: readonly Sample[]): readonly string[] {
  const [first] = samples;
  if (first === undefined) return [];
  const shown = nameOf(name);
  return [
    `# HELP ${shown} ${first.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
    // What is read from elsewhere is a gauge to the meter; by its name it only grows.
    `# TYPE ${shown} ${shown.endsWith('_total') ? 'counter' : first.kind}`,
    ...samples.map(({ labels, value }) => `${shown}${labelsText(labels)} ${valueText(value)}`),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${labelOf(label)}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** Figures of an operator's extension may have any name. */
const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
const labelOf = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
