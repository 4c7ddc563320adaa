import type { Clock } from '../kernel/clock.ts';
import type { Defects } from '../sip-stack/defects.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Forwarder, StrayReceiver } from '../sip-stack/forwarding.ts';
import type { Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import type { RouteTaken } from '../sip-stack/route-taken.ts';
import { takeRoute } from '../sip-stack/route-taken.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import type { ProxyCounts } from './counts.ts';
import type { DialogSeal } from './dialog-seal.ts';
import { CollectedEdits, editedLines } from './header-edits.ts';
import type { OwnDomains } from './own-domains.ts';
import type { ProxyRequest } from './proxy-request.ts';
import type { Stateless } from './stateless.ts';
import { ofStranger } from './stranger.ts';

/** Hears where a request without transaction goes. */
export interface Routed {
  onRouted(call: ProxyRequest): void;
  onDropped(): void;
}

export interface StraysDeps {
  readonly clock: Clock;
  readonly defects: Defects;
  readonly domains: OwnDomains;
  readonly counts: ProxyCounts;
  readonly seal: DialogSeal;
  readonly forwarder: Pick<Forwarder, 'returnStatelessly'>;
  readonly statelessly: Stateless;
  /** Lets the steps find the way. */
  readonly route: (incoming: IncomingRequest, taken: RouteTaken, listener: Routed) => void;
}

const anonymous: Identity = { kind: 'anonymous' };

/** Takes what no transaction claims: ACKs to 2xx, and all that belongs to stateless routes. */
export function createStrays(deps: StraysDeps): StrayReceiver {
  const { domains, counts, seal, statelessly } = deps;
  const isOurs = (uri: IncomingRequest['uri']): boolean => domains.domainOf(uri) !== undefined;

  const take = (request: SipRequest, flow: Flow): { incoming: IncomingRequest; taken: RouteTaken } | undefined => {
    const taken = takeRoute(request, flow, isOurs);
    if (!taken.ok) return undefined;
    const { uri } = taken.value;
    const incoming = { request, uri, flow, receivedAt: deps.clock.now(), identity: anonymous };
    return { incoming, taken: taken.value };
  };

  const ackListener: Routed = {
    onRouted(call) {
      counts.acks.add();
      statelessly.forward(call);
    },
    onDropped() {
      counts.acksDropped.add();
    },
  };
  const cancelListener: Routed = {
    onRouted(call) {
      statelessly.forward(call);
    },
    onDropped: () => undefined,
  };

  /** An ACK cannot be challenged: only what comes by a Route that we wrote, or is to or from one of us, goes on. */
  const isRelated = (request: SipRequest, { own, uri }: RouteTaken): boolean =>
    (own !== undefined && seal.isOn(own, request.callId)) ||
    isOurs(uri) ||
    isOurs(request.from.uri) ||
    isOurs(request.to.uri);

  /** Whether an ACK is for the server itself, which has accepted no INVITE. */
  const endsHere = ({ uri, remaining }: RouteTaken): boolean =>
    remaining.length === 0 && uri.user === undefined && uri.rest === undefined && isOurs(uri);

  return {
    onAck(request, flow) {
      const read = take(request, flow);
      if (read === undefined || endsHere(read.taken) || !isRelated(request, read.taken)) counts.acksDropped.add();
      else deps.route(read.incoming, read.taken, ackListener);
    },
    onStrayResponse(response) {
      deps.forwarder.returnStatelessly(response);
    },
    onFurtherSuccess(response) {
      const edits = new CollectedEdits();
      ofStranger(response, edits);
      if (edits.isEmpty) deps.forwarder.returnStatelessly(response);
      else deps.forwarder.returnStatelessly(response, (section) => editedLines(section, edits));
    },
    onStrayCancel(request, flow) {
      if (!statelessly.isUsed) return false;
      const read = take(request, flow);
      if (read === undefined || isOurs(read.taken.uri) || !statelessly.isFor(read.taken.uri)) return false;
      deps.route(read.incoming, read.taken, cancelListener);
      return true;
    },
  };
}
