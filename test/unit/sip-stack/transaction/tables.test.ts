import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Machine } from '../../../../kernel/machine.ts';
import { inviteClient } from '../../../../sip-stack/transaction/invite-client.ts';
import { inviteServer } from '../../../../sip-stack/transaction/invite-server.ts';
import { nonInviteClient } from '../../../../sip-stack/transaction/non-invite-client.ts';
import { nonInviteServer } from '../../../../sip-stack/transaction/non-invite-server.ts';
import { run } from '../../../../sip-stack/transaction/run.ts';

/** For every state what every input must do: `state: actions`, or '-' where it must be ignored. */
type Figure = Readonly<Record<string, Readonly<Record<string, string>>>>;

function walk<State extends string, Input extends string, Action extends string>(
  machine: Machine<State, Input, Action>,
  inputs: readonly Input[],
  figure: Figure,
): void {
  assert.deepEqual(Object.keys(machine).sort(), Object.keys(figure).sort());
  for (const state of Object.keys(machine) as State[]) {
    for (const input of inputs) {
      test(`${state} x ${input}: ${figure[state]?.[input] ?? '-'}`, () => {
        const performed: Action[] = [];
        const subject = { state };
        const isKnown = run(machine, subject, input, (_subject, action) => performed.push(action));
        const expected = figure[state]?.[input];
        const got = isKnown ? `${subject.state}: ${performed.join(' ')}`.trim() : undefined;
        assert.equal(got, expected);
        if (!isKnown) assert.equal(subject.state, state);
      });
    }
    assert.ok(
      Object.keys(machine[state]).every((input) => (inputs as readonly string[]).includes(input)),
      `a cell of ${state} has an input that is not walked`,
    );
  }
}

describe('non-INVITE server (RFC 3261 §17.2.2, RFC 4320 §4)', () => {
  walk(nonInviteServer, ['request', 'final', 'trying-due', 'timer-f-of-client', 'timer-j', 'release'], {
    trying: {
      final: 'completed: send start-timer-j',
      'trying-due': 'proceeding: send-100 start-timer-f-of-client',
      'timer-f-of-client': 'terminated: forget',
      release: 'terminated: stop-timers forget',
    },
    proceeding: {
      request: 'proceeding: resend',
      final: 'completed: send start-timer-j',
      'timer-f-of-client': 'terminated: forget',
      release: 'terminated: stop-timers forget',
    },
    completed: { request: 'completed: resend', 'timer-j': 'terminated: forget' },
    terminated: {},
  });
});

describe('INVITE server (RFC 3261 §17.2.1, RFC 6026 §8.6)', () => {
  walk(
    inviteServer,
    [
      'request',
      'ack',
      'trying-due',
      'provisional',
      'success',
      'relayed-success',
      'failure',
      'timer-g',
      'timer-h',
      'timer-i',
      'timer-l',
      'release',
    ],
    {
      proceeding: {
        request: 'proceeding: resend',
        'trying-due': 'proceeding: send-100',
        provisional: 'proceeding: stop-timers send',
        success: 'accepted: stop-timers send start-timer-l',
        'relayed-success': 'accepted: stop-timers send keep',
        failure: 'completed: stop-timers send start-timer-g start-timer-h',
        release: 'terminated: stop-timers forget',
      },
      completed: {
        request: 'completed: resend',
        ack: 'confirmed: stop-timers start-timer-i',
        'timer-g': 'completed: resend start-timer-g',
        'timer-h': 'terminated: stop-timers report-failure forget',
      },
      accepted: {
        request: 'accepted:',
        ack: 'accepted:',
        success: 'accepted: send',
        'relayed-success': 'accepted: send',
        'timer-l': 'terminated: forget',
      },
      confirmed: { ack: 'confirmed:', 'timer-i': 'terminated: forget' },
      terminated: {},
    },
  );
});

describe('non-INVITE client (RFC 3261 §17.1.2)', () => {
  const waiting = {
    final: 'completed: stop-timers start-timer-k report-final',
    'timer-f': 'terminated: stop-timers forget report-timeout',
    'transport-error': 'terminated: stop-timers forget report-transport-error',
    provisional: 'proceeding: report-provisional',
    abandon: 'terminated: stop-timers forget',
  };
  walk(nonInviteClient, ['provisional', 'final', 'timer-e', 'timer-f', 'timer-k', 'abandon', 'transport-error'], {
    trying: { ...waiting, 'timer-e': 'trying: resend start-timer-e' },
    proceeding: { ...waiting, 'timer-e': 'proceeding: resend start-timer-e-at-t2' },
    completed: { 'timer-k': 'terminated: forget' },
    terminated: {},
  });
});

describe('INVITE client (RFC 3261 §17.1.1, RFC 6026 §8.4)', () => {
  walk(
    inviteClient,
    [
      'provisional',
      'success',
      'relayed-success',
      'failure',
      'timer-a',
      'timer-b',
      'timer-d',
      'timer-m',
      'cancel-overdue',
      'abandon',
      'transport-error',
    ],
    {
      calling: {
        provisional: 'proceeding: stop-timers report-provisional',
        success: 'accepted: stop-timers start-timer-m report-final',
        'relayed-success': 'terminated: stop-timers remember forget report-final',
        failure: 'completed: stop-timers send-ack start-timer-d report-final release',
        'timer-a': 'calling: resend start-timer-a',
        'timer-b': 'terminated: stop-timers forget report-timeout',
        abandon: 'terminated: stop-timers forget',
        'transport-error': 'terminated: stop-timers forget report-transport-error',
      },
      proceeding: {
        provisional: 'proceeding: report-provisional',
        success: 'accepted: stop-timers start-timer-m report-final',
        'relayed-success': 'terminated: stop-timers remember forget report-final',
        failure: 'completed: stop-timers send-ack start-timer-d report-final release',
        'cancel-overdue': 'terminated: forget report-timeout',
        abandon: 'terminated: stop-timers forget',
        'transport-error': 'terminated: stop-timers forget report-transport-error',
      },
      completed: {
        failure: 'completed: resend-ack',
        'timer-d': 'terminated: forget',
        'transport-error': 'terminated: stop-timers forget',
      },
      accepted: {
        success: 'accepted: report-further-success',
        'timer-m': 'terminated: forget',
        abandon: 'terminated: stop-timers forget',
      },
      terminated: {},
    },
  );
});
