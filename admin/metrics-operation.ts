import type { Sample } from '../kernel/meter.ts';
import { ok } from '../kernel/result.ts';
import type { ControlOperation } from './control-operation.ts';
import { exposition } from './exposition.ts';

/** The operation behind `pharos metrics`. */
export const metricsOperation = (samples: () => readonly Sample[]): ControlOperation => ({
  op: 'metrics',
  doc: 'Tells all figures in the text format of Prometheus, one line each.',
  run: () => Promise.resolve(ok(exposition(samples()))),
});
