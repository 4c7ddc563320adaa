import type { Machine } from '../../kernel/machine.ts';

export type State = 'trying' | 'proceeding' | 'completed' | 'terminated';

/**
 * There is no input for provisional responses of the transaction user: RFC 4320 §4.1 leaves only 100, and only once it
 * is due (`trying-due`), which the runner sees to.
 */
export type Input = 'request' | 'final' | 'trying-due' | 'timer-f-of-client' | 'timer-j' | 'release';
export type Action =
  | 'send'
  | 'send-100'
  | 'resend'
  | 'start-timer-f-of-client'
  | 'start-timer-j'
  | 'stop-timers'
  | 'forget';

/**
 * Non-INVITE server transaction (RFC 3261 §17.2.2, figure 8), with 100 only when due and no answer once the client has
 * given up (RFC 4320 §4). A transport error is no input, since it leaves the state as it is (RFC 6026 §8.8).
 */
export const nonInviteServer: Machine<State, Input, Action> = {
  trying: {
    final: { to: 'completed', do: ['send', 'start-timer-j'] },
    'trying-due': { to: 'proceeding', do: ['send-100', 'start-timer-f-of-client'] },
    'timer-f-of-client': { to: 'terminated', do: ['forget'] },
    release: { to: 'terminated', do: ['stop-timers', 'forget'] },
  },
  proceeding: {
    request: { to: 'proceeding', do: ['resend'] },
    final: { to: 'completed', do: ['send', 'start-timer-j'] },
    'timer-f-of-client': { to: 'terminated', do: ['forget'] },
    release: { to: 'terminated', do: ['stop-timers', 'forget'] },
  },
  completed: {
    request: { to: 'completed', do: ['resend'] },
    'timer-j': { to: 'terminated', do: ['forget'] },
  },
  terminated: {},
};
