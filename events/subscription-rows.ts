import type { Clock, Tokens } from '../kernel/clock.ts';
import { secondsAfter } from '../kernel/clock.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { LiveDialog } from './live.ts';
import type { Locate, OwnContact } from './locate-port.ts';
import type { Watcher } from './package.ts';
import type { SubscribeRequest } from './subscribe-request.ts';
import { watcherText } from './subscription.ts';
import { cseqBlock } from './subscriptions.ts';
import type { SubscriptionRow } from './tables.ts';

/** Makes rows from SUBSCRIBE requests; no text of a row pins a message. */
export interface SubscriptionRows {
  /**
   * The row of a new subscription with its dialog (RFC 3261 §12.1.1), allowed and active until the rules are asked.
   *
   * @param dialog  the dialog that it joins; undefined to make one
   */
  begin(
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    watcher: Watcher,
    dialog: LiveDialog | undefined,
  ): SubscriptionRow;
  /** The row after a refresh: new target, lifetime and number of the watcher, the same route set (RFC 3261 §12.2). */
  renew(incoming: IncomingRequest, asked: SubscribeRequest, row: SubscriptionRow): SubscriptionRow;
}

export function createSubscriptionRows(deps: {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly locate: Locate;
  readonly transport: OwnContact;
  /** Keeps one copy of texts that many subscriptions share. */
  readonly shared: (text: string) => string;
}): SubscriptionRows {
  const { clock, shared } = deps;

  return {
    begin(incoming, asked, watcher, dialog) {
      const { request } = incoming;
      const { eventPackage } = asked;
      const beside = dialog?.first?.row;
      const resource = copyText(resourceAsked(incoming, dialog !== undefined));
      const watcherColumn = copyText(watcherText(watcher, incoming.flow.remote.host));
      return {
        localTag: dialog?.localTag ?? deps.tokens.token(96),
        eventKey: shared(asked.eventKey),
        eventPackage: eventPackage.name,
        resource,
        watcher: watcherColumn,
        state: 'active',
        handling: 'allow',
        eventValue: shared(asked.eventValue),
        askedUri: keep(withoutParams(request.uri), resource),
        contentType: asked.contentType,
        userAgent: shared(request.headers.first('user-agent') ?? ''),
        callId: copyText(request.callId),
        remoteTag: copyText(request.from.tag ?? ''),
        localUri: keep(request.to.uri.text, resource),
        remoteUri: keep(request.from.uri.text, watcherColumn),
        remoteTarget: copyText(asked.target),
        routeSet: beside?.routeSet ?? copyText(request.headers.all('record-route').join(', ')),
        remoteCSeq: request.cseq.number,
        cseqCeiling: beside?.cseqCeiling ?? cseqBlock,
        flowKey: copyText(deps.locate.flowToKeep(incoming)),
        contact: shared(deps.transport.contact(incoming.flow, schemeAsked(incoming, asked.target))),
        notifiedTag: '',
        createdAt: clock.now(),
        expiresAt: secondsAfter(clock.now(), asked.expires),
      };
    },
    renew: (incoming, asked, row) => ({
      ...row,
      eventValue: shared(asked.eventValue),
      contentType: asked.contentType,
      remoteTarget: copyText(asked.target),
      remoteCSeq: incoming.request.cseq.number,
      flowKey: copyText(deps.locate.flowToKeep(incoming)),
      contact: shared(deps.transport.contact(incoming.flow, schemeAsked(incoming, asked.target))),
      expiresAt: secondsAfter(clock.now(), asked.expires),
    }),
  };
}

/** A copy that pins no message, or the text of the row that says the same: most rows name two parties, not five. */
const keep = (text: string, known: string): string => (text === known ? known : copyText(text));

/** Our Contact is SIPS where the Request-URI is, or the top Record-Route, else the Contact (RFC 3261 §12.1.1). */
function schemeAsked({ uri, request }: IncomingRequest, target: string): 'sip' | 'sips' {
  if (uri.scheme === 'sips') return 'sips';
  const route = request.headers.first('record-route');
  const isSecure = route === undefined ? isSips.test(target) : routesSips.test(route);
  return isSecure ? 'sips' : 'sip';
}

const isSips = /^sips:/i;
const routesSips = /^[^<]*<sips:/i;

/** The resource: the Request-URI; within a dialog that is our own Contact, so there it is the To. */
function resourceAsked(incoming: IncomingRequest, inDialog: boolean): string {
  const { uri, request } = incoming;
  // COMPAT(yealink, 2024): the Request-URI names the domain only, and To the user.
  const fromTo = inDialog || (uri.user === undefined && uri.rest === undefined && request.to.uri.user !== undefined);
  return canonicalAor(fromTo ? request.to.uri : uri);
}

/** The URI as written, without its parameters and headers; those of the user part stay. */
function withoutParams(uri: string): string {
  const host = uri.lastIndexOf('@') + 1;
  const end = uri.slice(host).search(/[;?]/);
  return end < 0 ? uri : uri.slice(0, host + end);
}
