import type { Machine } from '../../kernel/machine.ts';

export type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type Input = 'provisional' | 'final' | 'timer-e' | 'timer-f' | 'timer-k' | 'abandon' | 'transport-error';
export type Action =
  | 'resend'
  | 'start-timer-e'
  | 'start-timer-e-at-t2'
  | 'start-timer-k'
  | 'stop-timers'
  | 'report-provisional'
  | 'report-final'
  | 'report-timeout'
  | 'report-transport-error'
  | 'forget';

/** Non-INVITE client transaction (RFC 3261 §17.1.2, figure 6). */
export const nonInviteClient: Machine<State, Input, Action> = {
  trying: {
    provisional: { to: 'proceeding', do: ['report-provisional'] },
    final: { to: 'completed', do: ['stop-timers', 'start-timer-k', 'report-final'] },
    'timer-e': { to: 'trying', do: ['resend', 'start-timer-e'] },
    abandon: { to: 'terminated', do: ['stop-timers', 'forget'] },
    'timer-f': { to: 'terminated', do: ['stop-timers', 'forget', 'report-timeout'] },
    'transport-error': { to: 'terminated', do: ['stop-timers', 'forget', 'report-transport-error'] },
  },
  proceeding: {
    provisional: { to: 'proceeding', do: ['report-provisional'] },
    final: { to: 'completed', do: ['stop-timers', 'start-timer-k', 'report-final'] },
    'timer-e': { to: 'proceeding', do: ['resend', 'start-timer-e-at-t2'] },
    abandon: { to: 'terminated', do: ['stop-timers', 'forget'] },
    'timer-f': { to: 'terminated', do: ['stop-timers', 'forget', 'report-timeout'] },
    'transport-error': { to: 'terminated', do: ['stop-timers', 'forget', 'report-transport-error'] },
  },
  completed: {
    'timer-k': { to: 'terminated', do: ['forget'] },
  },
  terminated: {},
};
