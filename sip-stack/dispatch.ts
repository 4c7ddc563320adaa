import { limits } from '../kernel/limits.ts';
import type { Defects } from './defects.ts';
import { refuseBody } from './guards/body-size.ts';
import { refuseHops } from './guards/max-forwards.ts';
import { refuseMethod } from './guards/method.ts';
import { relayingDenied } from './guards/relay.ts';
import { refuseRequirement } from './guards/require.ts';
import { refuseScheme, userSchemes } from './guards/scheme.ts';
import type { Answer, Guard, GuardVerdict, Handler, Identity, IncomingRequest } from './incoming.ts';
import type { Onward } from './onward.ts';
import { badRequest, serverError } from './refusals.ts';
import type { Registration } from './registration.ts';
import type { RequestReceiver, Responder } from './responder.ts';
import type { RouteTaken } from './route-taken.ts';
import { hasRoute, takeRoute, untouched } from './route-taken.ts';
import type { SipRequest } from './wire/message.ts';
import type { SipUri } from './wire/uri.ts';

/** Brings each new request to the handler of its method, past the guards. */
export interface Dispatch extends RequestReceiver {
  /** Methods understood: those with a handler, and the two of the transaction layer. The value of Allow. */
  readonly allow: readonly string[];
  /** Option tags that some handler understands. The value of Supported. */
  readonly supported: readonly string[];
}

export interface DispatchConfig {
  readonly handlers: readonly Registration[];
  /** Who asks: run in order, after everything that can be refused without knowing it. */
  readonly guards: readonly Guard[];
  /** Whether a Request-URI is of one of our domains, or an address of ours. */
  readonly serves: (uri: SipUri) => boolean;
  /** What becomes of requests to other domains where there is no `onward`. Default: 403 Relaying Denied. */
  readonly foreign?: Handler;
  /** Takes what is not for this server itself; without one everything is. The guards are not asked for it. */
  readonly onward?: Onward;
  /** Whether a SUBSCRIBE to a user of ours is for a package that is served here. Default: every one is. */
  readonly isOwnEvent?: (request: SipRequest, uri: SipUri) => boolean;
  /** Lowers limits.bodyBytesMax. */
  readonly bodyBytesMax?: number;
}

const anonymous: Identity = { kind: 'anonymous' };

/**
 * The order of RFC 3261 §8.2, each step refusing before the next is asked:
 *
 * 1. the scheme of the Request-URI is known (416)
 * 2. the Route is read: our own values are taken off its top, a strict router's Request-URI is put right (RFC 3261 §16.4; 400
 *    when malformed)
 * 3. onward, to the proxy, which has its own steps: what has a Route left, what is not for a domain or address of ours, and
 *    what is for a user of ours but not done here on his behalf (`goesOn`). Without a proxy: another domain, hops left (483),
 *    then `foreign`
 * 4. the method has a handler (405, 501)
 * 5. everything required is understood (420)
 * 6. the body is within bounds (413)
 * 7. the identity guards, in their order
 * 8. the handler
 *
 * A handler that answers without waiting is answered for in the same tick, and no promise is made.
 */
export function createDispatch(deps: { readonly defects: Defects }, config: DispatchConfig): Dispatch {
  const { guards, foreign = relayingDenied, onward, serves } = config;
  const isOwnEvent = config.isOwnEvent ?? every;
  const handlers = new Map(config.handlers.map((entry) => [entry.method, { ...entry, understood: tagsOf([entry]) }]));
  const allow = [...handlers.keys(), 'ACK', 'CANCEL'];
  const bodyBytesMax = Math.min(config.bodyBytesMax ?? limits.bodyBytesMax, limits.bodyBytesMax);

  /** Whether a request to a URI of ours goes on from here: to the devices of a user. */
  const goesOn = (request: SipRequest, uri: SipUri): boolean => {
    switch (request.method) {
      case 'REGISTER':
      case 'PUBLISH':
        return false;
      case 'SUBSCRIBE':
        return namesUser(uri) && !isOwnEvent(request, uri);
      case 'OPTIONS':
        // With no hops left we may be its last recipient (RFC 3261 §16.3 step 3, §11).
        return namesUser(uri) && refuseHops(request) === undefined;
      default:
        // A method that an operator's module handles ends here like ours.
        return namesUser(uri) && !handlers.has(request.method);
    }
  };
  const goesOnBy = (request: SipRequest, { uri, remaining }: RouteTaken): boolean =>
    remaining.length > 0 || !serves(uri) || goesOn(request, uri);

  /** @returns undefined when the proxy has taken it and answers itself */
  const route = (incoming: IncomingRequest, responder: Responder): Answer | Promise<Answer> | undefined => {
    const { request, uri } = incoming;
    const unsuited = refuseScheme(uri, userSchemes);
    if (unsuited !== undefined) return { reply: unsuited };
    if (onward === undefined) return serves(uri) ? serve(incoming) : denyForeign(incoming);
    if (!hasRoute(request, uri)) {
      if (serves(uri) && !goesOn(request, uri)) return serve(incoming);
      onward.onRequest(incoming, untouched(uri), responder);
      return undefined;
    }
    const taken = takeRoute(request, incoming.flow, serves);
    if (!taken.ok) return { reply: badRequest(taken.fault) };
    const { uri: target } = taken.value;
    const unsuitedTarget = refuseScheme(target, userSchemes);
    if (unsuitedTarget !== undefined) return { reply: unsuitedTarget };
    const routed = target === uri ? incoming : heading(incoming, target);
    if (!goesOnBy(request, taken.value)) return serve(routed);
    onward.onRequest(routed, taken.value, responder);
    return undefined;
  };

  const denyForeign = (incoming: IncomingRequest): Answer | Promise<Answer> => {
    const spent = refuseHops(incoming.request);
    return spent === undefined ? foreign(incoming) : { reply: spent };
  };

  const serve = (incoming: IncomingRequest): Answer | Promise<Answer> => {
    const { request } = incoming;
    const entry = handlers.get(request.method);
    if (entry === undefined) return { reply: refuseMethod(request.method, allow) };
    const refusal = refuseRequirement(request, entry.understood) ?? refuseBody(request, bodyBytesMax);
    if (refusal !== undefined) return { reply: refusal };
    return admit(incoming, entry.handler, 0);
  };

  /** Asks the guards from `first` on, then the handler; waits only where one of them makes it wait. */
  const admit = (incoming: IncomingRequest, handler: Handler, first: number): Answer | Promise<Answer> => {
    let known = incoming;
    for (let at = first; at < guards.length; at += 1) {
      const verdict = guards[at]?.(known) ?? passes;
      if (verdict instanceof Promise) return admitLater(verdict, known, handler, at + 1);
      if (verdict.kind === 'refuse') return { reply: verdict.refusal };
      known = identified(known, verdict);
    }
    return handler(known);
  };
  const admitLater = async (
    pending: Promise<GuardVerdict>,
    incoming: IncomingRequest,
    handler: Handler,
    next: number,
  ): Promise<Answer> => {
    const verdict = await pending;
    if (verdict.kind === 'refuse') return { reply: verdict.refusal };
    return admit(identified(incoming, verdict), handler, next);
  };

  /** The one place where exceptions of handlers end (style R6). */
  const fail = (error: unknown, method: string, responder: Responder): void => {
    deps.defects.report('handler-failed', error, method);
    // Ignored by the transaction when it was an `afterwards` that failed.
    responder.respond(serverError());
  };
  const answerLater = async (pending: Promise<Answer>, method: string, responder: Responder): Promise<void> => {
    try {
      finish(await pending, responder);
    } catch (error) {
      fail(error, method, responder);
    }
  };

  return {
    allow,
    supported: [...tagsOf(config.handlers)],
    onRequest(request, flow, receivedAt, responder) {
      try {
        const incoming = { request, uri: request.requestUri, flow, receivedAt, identity: anonymous };
        const answer = route(incoming, responder);
        if (answer === undefined) return;
        if (answer instanceof Promise) void answerLater(answer, request.method, responder);
        else finish(answer, responder);
      } catch (error) {
        fail(error, request.method, responder);
      }
    },
    takesMerged(request, flow) {
      if (onward === undefined) return false;
      const taken = takeRoute(request, flow, serves);
      return taken.ok && goesOnBy(request, taken.value);
    },
  };
}

const every = (): boolean => true;

/** Whether a URI names somebody, not the server itself. */
const namesUser = (uri: SipUri): boolean => uri.user !== undefined || uri.rest !== undefined;

/** The request with the Request-URI that its sender meant. */
function heading({ request, flow, receivedAt, identity }: IncomingRequest, uri: SipUri): IncomingRequest {
  return { request, uri, flow, receivedAt, identity };
}

function finish(answer: Answer, responder: Responder): void {
  responder.respond(answer.reply);
  answer.afterwards?.();
}

const passes: GuardVerdict = { kind: 'pass' };

/** The request with what a guard learnt of its sender. */
function identified(incoming: IncomingRequest, verdict: GuardVerdict & { readonly kind: 'pass' }): IncomingRequest {
  const { identity } = verdict;
  if (identity === undefined) return incoming;
  const { request, uri, flow, receivedAt } = incoming;
  return { request, uri, flow, receivedAt, identity };
}

const tagsOf = (entries: readonly Registration[]): ReadonlySet<string> =>
  new Set(entries.flatMap((entry) => entry.requires ?? []).map((tag) => tag.toLowerCase()));
