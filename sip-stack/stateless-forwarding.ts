import type { Tokens } from '../kernel/clock.ts';
import type { Destination } from './destination.ts';
import type { Flow } from './flow.ts';
import { forwardedBytes } from './forwarded.ts';
import type { ForwardedRequest, Forwarder } from './forwarding.ts';
import type { MessageCounts } from './message-counts.ts';
import { relayedBytes, relayedOf, returnAddress } from './relayed.ts';
import type { LargeRequestChoice } from './large-request-choice.ts';
import { createStatelessBranches } from './transaction/stateless-branch.ts';
import type { StatelessBranches } from './transaction/stateless-branch.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import { secondViaOf } from './wire/section.ts';
import type { TypedSipMessage } from './wire/typed-message.ts';

/** Sends on without transactions (RFC 3261 §16.11). */
export interface StatelessForwarding extends Pick<Forwarder, 'forwardStatelessly' | 'returnStatelessly'> {
  /** Whether the branch of a response was made here. */
  isOurs(branch: string): boolean;
}

export interface StatelessForwardingDeps {
  readonly tokens: Tokens;
  readonly counts: MessageCounts;
  readonly layer: () => TransportLayer;
  readonly largeRequests: LargeRequestChoice;
  readonly viaOf: (flow: Flow, branch: string) => string;
}

export function createStatelessForwarding(deps: StatelessForwardingDeps): StatelessForwarding {
  const { counts, layer, largeRequests } = deps;
  /** Made when first needed: its secrets are chance that most servers never use. */
  let branches: StatelessBranches | undefined;

  const send = (request: ForwardedRequest, branch: string, towards: Destination): void => {
    const write = (flow: Flow): Buffer => forwardedBytes(request, deps.viaOf(flow, branch));
    if (towards.kind === 'flow') {
      towards.flow.send(write(towards.flow));
      return;
    }
    const { transport, peer, domain } = towards;
    const flow = layer().connect(transport, peer, domain);
    const bytes = write(flow);
    const chosen = transport.reliable ? transport : largeRequests.transportFor(towards, bytes.length);
    if (chosen === transport) {
      flow.send(bytes);
      return;
    }
    // As for requests of ours, but the next one alone learns that there is no other way (RFC 3261 §18.1.1).
    const larger = layer().connect(chosen, peer, domain);
    larger.send(write(larger), () => {
      largeRequests.refused(peer);
    });
  };

  return {
    forwardStatelessly(request, received, towards) {
      branches ??= createStatelessBranches(deps.tokens);
      counts.requestSent(request.method);
      send(request, branches.of(received) + request.loopHash, towards);
    },
    returnStatelessly(response, linesOf) {
      const relayed = relayedOf(response, linesOf);
      const via = secondViaOf((response as TypedSipMessage).headers);
      if (relayed === undefined || via === undefined) return;
      const transports = layer().bound.map((each) => each.transport);
      const to = returnAddress(via, transports);
      if (to === undefined) return;
      counts.responseSent(response.status);
      const flow = layer().connect(to.transport, to.peer);
      flow.send(relayedBytes(relayed), () => {
        counts.sendFailures.add();
      });
    },
    isOurs: (branch) => branches?.areOurs(branch) === true,
  };
}
