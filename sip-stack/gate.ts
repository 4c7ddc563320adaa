import type { Flow } from './flow.ts';
import type { Reply } from './reply.ts';
import type { SipRequest } from './wire/message.ts';

/**
 * Asked about each new request before there is a transaction: what it refuses costs one look at the message and one answer,
 * and leaves nothing behind. ACK and CANCEL never come here, retransmissions neither.
 */
export interface Gate {
  /** @returns undefined to let it in, 'drop' to answer nothing */
  admit(request: SipRequest, flow: Flow): Reply | 'drop' | undefined;
  /**
   * A message that is not well-formed came.
   *
   * @param isToldOf  whether the transport has told its `Admission` of it already
   * @returns whether it is to be answered
   */
  onFault(flow: Flow, isToldOf: boolean): boolean;
}
