import type { Branch } from './forwarding.ts';
import type { Outcome, OutcomeListener } from './outgoing.ts';
import type { HeaderPair, SipResponse } from './wire/message.ts';

/**
 * A request that goes over a reliable transport for its size, and over UDP once more when that fails before an answer came
 * (RFC 3261 §18.1.1). Stands for both transactions.
 */
export class LargeAttempt implements OutcomeListener, Branch {
  branch: Branch | undefined = undefined;
  private readonly listener: OutcomeListener;
  private readonly again: () => Branch;
  private givenUp = false;

  /** @param again  starts the transaction over UDP, which tells `listener` itself */
  constructor(listener: OutcomeListener, again: () => Branch) {
    this.listener = listener;
    this.again = again;
  }

  cancel(headers?: readonly HeaderPair[]): void {
    this.givenUp = true;
    this.branch?.cancel(headers);
  }

  abandon(): void {
    this.givenUp = true;
    this.branch?.abandon();
  }

  onProvisional(response: SipResponse): void {
    this.listener.onProvisional?.(response);
  }

  onFurtherSuccess(response: SipResponse): void {
    this.listener.onFurtherSuccess?.(response);
  }

  onOutcome(outcome: Outcome): void {
    if (outcome.kind !== 'transport-error' || this.givenUp) this.listener.onOutcome(outcome);
    else this.branch = this.again();
  }
}
