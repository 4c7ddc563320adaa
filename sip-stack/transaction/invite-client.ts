import type { Machine } from '../../kernel/machine.ts';

export type State = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';
export type Input =
  | 'provisional'
  | 'success'
  | 'relayed-success'
  | 'failure'
  | 'timer-a'
  | 'timer-b'
  | 'timer-d'
  | 'timer-m'
  | 'cancel-overdue'
  | 'abandon'
  | 'transport-error';
export type Action =
  | 'resend'
  | 'send-ack'
  | 'resend-ack'
  | 'remember'
  | 'release'
  | 'start-timer-a'
  | 'start-timer-d'
  | 'start-timer-m'
  | 'stop-timers'
  | 'report-provisional'
  | 'report-final'
  | 'report-further-success'
  | 'report-timeout'
  | 'report-transport-error'
  | 'forget';

/**
 * INVITE client transaction (RFC 3261 §17.1.1; RFC 6026 §8.4, figure 5). `success` is 2xx, `failure` 300 to 699. Of a 2xx that
 * is relayed, and may be without the transaction, a note is left in place of state Accepted (accepted-branches.ts).
 */
export const inviteClient: Machine<State, Input, Action> = {
  calling: {
    provisional: { to: 'proceeding', do: ['stop-timers', 'report-provisional'] },
    success: { to: 'accepted', do: ['stop-timers', 'start-timer-m', 'report-final'] },
    'relayed-success': { to: 'terminated', do: ['stop-timers', 'remember', 'forget', 'report-final'] },
    failure: { to: 'completed', do: ['stop-timers', 'send-ack', 'start-timer-d', 'report-final', 'release'] },
    'timer-a': { to: 'calling', do: ['resend', 'start-timer-a'] },
    'timer-b': { to: 'terminated', do: ['stop-timers', 'forget', 'report-timeout'] },
    abandon: { to: 'terminated', do: ['stop-timers', 'forget'] },
    'transport-error': { to: 'terminated', do: ['stop-timers', 'forget', 'report-transport-error'] },
  },
  proceeding: {
    provisional: { to: 'proceeding', do: ['report-provisional'] },
    success: { to: 'accepted', do: ['stop-timers', 'start-timer-m', 'report-final'] },
    'relayed-success': { to: 'terminated', do: ['stop-timers', 'remember', 'forget', 'report-final'] },
    failure: { to: 'completed', do: ['stop-timers', 'send-ack', 'start-timer-d', 'report-final', 'release'] },
    // No final response within 64*T1 of the CANCEL (RFC 3261 §9.1).
    'cancel-overdue': { to: 'terminated', do: ['forget', 'report-timeout'] },
    abandon: { to: 'terminated', do: ['stop-timers', 'forget'] },
    // In no figure, but in the text (RFC 3261 §17.1.4).
    'transport-error': { to: 'terminated', do: ['stop-timers', 'forget', 'report-transport-error'] },
  },
  completed: {
    failure: { to: 'completed', do: ['resend-ack'] },
    'timer-d': { to: 'terminated', do: ['forget'] },
    // The transaction user has its answer already; the failed ACK will be asked for again by the next response.
    'transport-error': { to: 'terminated', do: ['stop-timers', 'forget'] },
  },
  accepted: {
    success: { to: 'accepted', do: ['report-further-success'] },
    'timer-m': { to: 'terminated', do: ['forget'] },
    abandon: { to: 'terminated', do: ['stop-timers', 'forget'] },
  },
  terminated: {},
};
