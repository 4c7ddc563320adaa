import type { Counter, Meter } from '../kernel/meter.ts';

/** The figures of one place that messages are shown at. */
export interface TraceFigures {
  readonly taken: Counter;
  readonly leftOut: Counter;
}

/** @param sink `follow`, `capture` or `hep` */
export function traceFigures(meter: Meter, sink: string): TraceFigures {
  return {
    taken: meter.counter('pharos_trace_messages_total', 'Messages shown to who follows, captured, or sent to Homer', {
      sink,
    }),
    leftOut: meter.counter('pharos_trace_left_out_total', 'Messages that could not be shown, captured or sent', {
      sink,
    }),
  };
}
