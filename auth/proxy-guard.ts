import type { Identity, GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { countOutcome } from './authentication.ts';
import { aorDomain } from './aor-at.ts';
import { noWatch } from './sender-watch.ts';
import { type GuardDeps, spokenFor } from './sip-guard.ts';
import type { Aor } from '../kernel/aor.ts';

/** Where a request is to go, as far as this judgement needs it; the Heading of proxy/admit.ts fits. */
export interface Headed {
  /** The user of ours it is for; undefined when it is to leave. */
  readonly localAor: Aor | undefined;
  /** Whether it came by a Record-Route value of ours that was made for this very call, which nobody else can make. */
  readonly followsOwnRoute: boolean;
}

/** Decides whether the proxy lets a request pass; the port `Admit` of proxy/ fits. */
export type ProxyGuard = (incoming: IncomingRequest, heading: Headed) => GuardVerdict;

/** Methods that a user of ours proves himself for within dialogs too. */
const provenInDialog: ReadonlySet<string> = new Set(['MESSAGE', 'REFER']);
const anonymous: GuardVerdict = { kind: 'pass', identity: { kind: 'anonymous' } };
const refuse = (refusal: Refusal): GuardVerdict => ({ kind: 'refuse', refusal });
const pass = (identity: Identity): GuardVerdict => ({ kind: 'pass', identity });

/**
 * What keeps the proxy from being an open relay (RFC 3261 §16.3 step 6, §26.3.1.3). A request passes
 *
 * 1. as ACK or CANCEL, which cannot be sent again and are never challenged (RFC 3261 §22.1)
 * 2. from a trusted peer, who speaks for its From
 * 3. within a dialog, when it follows the Record-Route that we sealed for it: its first request was judged. Not so MESSAGE and
 *    REFER of our own users, which a device may heed although it knows no such dialog. A To tag and a Route to us without the
 *    seal prove nothing, since anybody can write them
 * 4. to a user of ours when we have sent it on ourselves and it came back, by a contact or a route that names us: it was judged
 *    then, and its credentials are spent (RFC 3261 §22.3). What becomes of it is for the steps, 482 at the latest
 * 5. from a user of ours who proves himself (407); another From than his own: 403 (RFC 3261 §22.3)
 * 6. from anybody to a user of ours, where the domain takes calls from strangers
 *
 * and is answered 403 otherwise.
 */
export function createProxyGuard(
  deps: GuardDeps & {
    /** Whether it is a request that we have sent on and that came back; none ever does when absent. */
    readonly hasComeBack?: (request: SipRequest) => boolean;
  },
): ProxyGuard {
  const { domains, rules, trusts, authenticate, hasComeBack, watch = noWatch } = deps;
  const trustedCount = countOutcome(deps.meter, 'trusted');
  const withinDialog = countOutcome(deps.meter, 'within-dialog');
  const cameBack = countOutcome(deps.meter, 'came-back');
  const relayDenied = countOutcome(deps.meter, 'relay-denied');

  /** Whether it is within a dialog whose first request was judged here (RFC 3261 §12.2.1.1, §16.4). */
  const isJudged = ({ request }: IncomingRequest, { followsOwnRoute }: Headed): boolean =>
    followsOwnRoute &&
    request.to.tag !== undefined &&
    !(provenInDialog.has(request.method) && domains.domainOf(request.from.uri) !== undefined);

  const judgeStranger = (incoming: IncomingRequest, { localAor }: Headed): GuardVerdict => {
    const slowed = watch.unproven(incoming);
    if (slowed !== undefined) return refuse(slowed);
    if (localAor === undefined) {
      relayDenied.add();
      return refuse(forbidden('Relaying Denied'));
    }
    return rules.refusesStrangers(aorDomain(localAor)) ? refuse(forbidden('Strangers Not Accepted')) : anonymous;
  };

  return (incoming, heading) => {
    const { request, identity } = incoming;
    if (identity.kind !== 'anonymous') return pass(identity);
    if (request.method === 'ACK' || request.method === 'CANCEL') return anonymous;
    if (trusts(incoming.flow)) {
      trustedCount.add();
      return pass({ kind: 'trusted-peer', aor: spokenFor(domains, request.from.uri) });
    }
    if (isJudged(incoming, heading)) {
      withinDialog.add();
      return anonymous;
    }
    if (heading.localAor !== undefined && hasComeBack?.(request) === true) {
      cameBack.add();
      return anonymous;
    }
    const realm = domains.domainOf(request.from.uri);
    const from = domains.localAor(request.from.uri);
    if (realm === undefined || from === undefined) return judgeStranger(incoming, heading);
    if (heading.localAor === undefined && rules.insideOnly(realm))
      return refuse(forbidden('Calls Outside Not Allowed'));
    return authenticate(incoming, realm, from, 'proxy');
  };
}
