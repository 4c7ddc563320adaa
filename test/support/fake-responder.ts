import type { RelayedResponse } from '../../sip-stack/forwarding.ts';
import type { Reply } from '../../sip-stack/reply.ts';
import type { CancelListener, Responder } from '../../sip-stack/responder.ts';

/** What a transaction user did with a request. */
export interface FakeResponder extends Responder {
  readonly replies: readonly Reply[];
  readonly relayed: readonly RelayedResponse[];
  readonly released: boolean;
  readonly listener: CancelListener | undefined;
}

/** A server transaction that takes everything. */
export function fakeResponder(onReply: (reply: Reply) => void = () => undefined): FakeResponder {
  const replies: Reply[] = [];
  const relayed: RelayedResponse[] = [];
  let listener: CancelListener | undefined;
  let released = false;
  return {
    replies,
    relayed,
    get released() {
      return released;
    },
    get listener() {
      return listener;
    },
    respond(reply) {
      replies.push(reply);
      onReply(reply);
    },
    relay(response) {
      relayed.push(response);
    },
    onCancel(given) {
      listener = given;
    },
    release() {
      released = true;
    },
  };
}
