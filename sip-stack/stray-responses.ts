import type { Flow } from './flow.ts';
import type { StrayReceiver } from './forwarding.ts';
import type { MessageCounts } from './message-counts.ts';
import type { StatelessForwarding } from './stateless-forwarding.ts';
import type { AcceptedBranches } from './transaction/accepted-branches.ts';
import type { SipResponse } from './wire/message.ts';
import { secondViaOf } from './wire/section.ts';
import type { TypedSipMessage } from './wire/typed-message.ts';

/** What becomes of a response that no transaction waits for. */
export function createStrayResponses(
  { counts, strays }: { readonly counts: MessageCounts; readonly strays?: () => StrayReceiver },
  accepted: AcceptedBranches,
  stateless: Pick<StatelessForwarding, 'isOurs'>,
): (response: SipResponse, flow: Flow) => void {
  return (response, flow) => {
    const { branch } = response.via;
    if (branch === undefined || strays === undefined) counts.strayResponses.add();
    else if (isFurtherSuccess(accepted, response, branch)) {
      counts.responseReceived(response.status);
      strays().onFurtherSuccess(response);
    } else if (stateless.isOurs(branch)) strays().onStrayResponse(response, flow);
    // It is not sent on, unless there was no transaction to begin with (RFC 6026 §7.3, RFC 3261 §16.11).
    else counts.strayResponses.add();
  };
}

/** Whether it is a 2xx that goes on though its transaction is gone (RFC 6026 §7.2). */
function isFurtherSuccess(accepted: AcceptedBranches, response: SipResponse, branch: string): boolean {
  if (accepted.size === 0 || response.status >= 300 || response.status < 200) return false;
  if (response.cseq.method !== 'INVITE') return false;
  const below = secondViaOf((response as TypedSipMessage).headers);
  return below !== undefined && accepted.has(branch, below);
}
