import type { Machine } from '../../kernel/machine.ts';

export type State = 'proceeding' | 'completed' | 'accepted' | 'confirmed' | 'terminated';
export type Input =
  | 'request'
  | 'ack'
  | 'trying-due'
  | 'provisional'
  | 'success'
  | 'relayed-success'
  | 'failure'
  | 'timer-g'
  | 'timer-h'
  | 'timer-i'
  | 'timer-l'
  | 'release';
export type Action =
  | 'send'
  | 'send-100'
  | 'resend'
  | 'start-timer-g'
  | 'start-timer-h'
  | 'start-timer-i'
  | 'start-timer-l'
  | 'keep'
  | 'stop-timers'
  | 'report-failure'
  | 'forget';

/**
 * INVITE server transaction (RFC 3261 §17.2.1; RFC 6026 §8.6, figure 7). `success` is 2xx, `failure` 300 to 699. A
 * transport error is no input, since it leaves the state as it is (RFC 6026 §8.8). After a 2xx from downstream it is kept as
 * a note of its identity, and Timer L is that note's; whoever still holds the object sends further ones through it.
 */
export const inviteServer: Machine<State, Input, Action> = {
  proceeding: {
    request: { to: 'proceeding', do: ['resend'] },
    'trying-due': { to: 'proceeding', do: ['send-100'] },
    provisional: { to: 'proceeding', do: ['stop-timers', 'send'] },
    success: { to: 'accepted', do: ['stop-timers', 'send', 'start-timer-l'] },
    'relayed-success': { to: 'accepted', do: ['stop-timers', 'send', 'keep'] },
    failure: { to: 'completed', do: ['stop-timers', 'send', 'start-timer-g', 'start-timer-h'] },
    release: { to: 'terminated', do: ['stop-timers', 'forget'] },
  },
  completed: {
    request: { to: 'completed', do: ['resend'] },
    ack: { to: 'confirmed', do: ['stop-timers', 'start-timer-i'] },
    'timer-g': { to: 'completed', do: ['resend', 'start-timer-g'] },
    'timer-h': { to: 'terminated', do: ['stop-timers', 'report-failure', 'forget'] },
  },
  accepted: {
    // The ACK to a 2xx is not of this transaction: the endpoint passes it on (RFC 6026 §7.1).
    request: { to: 'accepted' },
    ack: { to: 'accepted' },
    success: { to: 'accepted', do: ['send'] },
    'relayed-success': { to: 'accepted', do: ['send'] },
    'timer-l': { to: 'terminated', do: ['forget'] },
  },
  confirmed: {
    ack: { to: 'confirmed' },
    'timer-i': { to: 'terminated', do: ['forget'] },
  },
  terminated: {},
};
