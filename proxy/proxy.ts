import { milliseconds } from '../kernel/clock.ts';
import type { Clock } from '../kernel/clock.ts';
import type { StrayReceiver } from '../sip-stack/forwarding.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import type { Onward } from '../sip-stack/onward.ts';
import {
  flowFailed,
  forbidden,
  notFound,
  requestTerminated,
  serverError,
  temporarilyUnavailable,
  unsupportedUriScheme,
} from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { Responder } from '../sip-stack/responder.ts';
import type { RouteTaken } from '../sip-stack/route-taken.ts';
import { trying } from '../sip-stack/transaction/trying.ts';
import type { Target } from './call.ts';
import { runSteps } from './chain.ts';
import type { DialogSeal } from './dialog-seal.ts';
import type { Engine, EngineConfig } from './engine.ts';
import type { FlowTokens } from './flow-token.ts';
import { isFlowToken } from './flow-token.ts';
import type { LoopHash } from './loop-hash.ts';
import type { OwnDomains } from './own-domains.ts';
import { ProxyRequest } from './proxy-request.ts';
import { redirection } from './redirection.ts';
import { ResponseContext } from './response-context.ts';
import type { ProxyConfig } from './settings.ts';
import { createStateless } from './stateless.ts';
import type { ProxyStep, StepVerdict } from './step.ts';
import type { Routed } from './strays.ts';
import { createStrays } from './strays.ts';

/** The proxy (RFC 3261 §16): what goes on from here, and what no transaction claims. */
export interface Proxy extends Onward {
  readonly strays: StrayReceiver;
}

export interface ProxyDeps extends Omit<Engine, 'config'> {
  readonly clock: Clock;
  readonly domains: OwnDomains;
  readonly loopHash: LoopHash;
  readonly tokens: FlowTokens;
  readonly seal: DialogSeal;
  /** In the order in which they are run. */
  readonly steps: readonly ProxyStep[];
  /** Whether a flow can still carry a message. */
  readonly isOpen: (flow: string) => boolean;
}

/** Settings of the engine; those of the steps are theirs. */
export type ProxySettings = Pick<ProxyConfig, 'timerC' | 'nextGroupAfter' | 'branchesMax' | 'recurse' | 'stateless'>;

export function createProxy(deps: ProxyDeps, config: ProxySettings): Proxy {
  const { steps, defects } = deps;
  const engine: Engine = { ...deps, config: engineConfig(config) };
  const statelessly = createStateless(engine, config.stateless);

  /** Follows a token of ours to the flow it names (RFC 5626 §5.3). @returns why it cannot be followed */
  const followToken = (call: ProxyRequest, { own }: RouteTaken): Refusal | undefined => {
    const user = own?.user;
    if (!isFlowToken(user)) return undefined;
    const flow = deps.tokens.open(user);
    if (flow === undefined) return forbidden('Flow Token Is Not Ours');
    // From the very flow that it names the request is on its way out (RFC 5626 §5.3).
    if (flow === call.incoming.flow.key) return undefined;
    if (!deps.isOpen(flow)) return flowFailed();
    call.targets = [{ ...targetOf(call), flow }];
    return undefined;
  };

  const prepare = (incoming: IncomingRequest, taken: RouteTaken): ProxyRequest => {
    const call = new ProxyRequest(deps, incoming, taken, false);
    // Only who is responsible for a URI may look for others in its place (RFC 3261 §16.5).
    call.recurse = config.recurse && call.localAor !== undefined;
    call.stateless = statelessly.isFor(call.uri) && call.localAor === undefined;
    return call;
  };

  /** What the Request-URI and the Route say when no step has found anything better. */
  const withTargets = (call: ProxyRequest): Refusal | undefined => {
    if (call.targets.length > 0) return undefined;
    const { uri, localAor } = call;
    const leaves = call.route.length > 0 || localAor === undefined || uri.params.has('maddr');
    if (!leaves) return deps.locations.has(localAor) ? temporarilyUnavailable() : notFound();
    if (uri.scheme !== 'sip' && uri.scheme !== 'sips' && call.route.length === 0) return unsupportedUriScheme();
    call.targets = [targetOf(call)];
    return undefined;
  };

  const conclude = (call: ProxyRequest, verdict: StepVerdict, responder: Responder): void => {
    const refusal = typeof verdict === 'object' ? verdict.reply : withTargets(call);
    if (refusal !== undefined) responder.respond(refusal);
    else if (call.cancelledBy !== undefined) responder.respond(requestTerminated());
    else if (call.redirect) responder.respond(redirection(call.targets));
    else if (call.stateless) {
      statelessly.forward(call);
      responder.release();
    } else new ResponseContext(engine, call, responder).start();
  };

  const fail = (error: unknown, method: string, responder: Responder): void => {
    defects.report('proxy-failed', error, method);
    responder.respond(serverError());
  };

  const concludeLater = async (
    call: ProxyRequest,
    pending: Promise<StepVerdict>,
    responder: Responder,
  ): Promise<void> => {
    try {
      conclude(call, await pending, responder);
    } catch (error) {
      fail(error, call.incoming.request.method, responder);
    }
  };

  /** ACK and CANCEL go the way of their INVITE; what would be refused is dropped, since there is no answering them. */
  const route = (incoming: IncomingRequest, taken: RouteTaken, listener: Routed): void => {
    const call = prepare(incoming, taken);
    const settle = (verdict: StepVerdict): void => {
      if (typeof verdict === 'object' || withTargets(call) !== undefined) listener.onDropped();
      else listener.onRouted(call);
    };
    const verdict = followToken(call, taken) === undefined ? runSteps(steps, call) : dropped;
    if (!(verdict instanceof Promise)) settle(verdict);
    else
      verdict.then(settle).catch((error: unknown) => {
        defects.report('proxy-failed', error, incoming.request.method);
      });
  };

  return {
    onRequest(incoming, taken, responder) {
      try {
        const call = prepare(incoming, taken);
        if (call.isInvite) responder.onCancel(call);
        const refusal = followToken(call, taken);
        const verdict = refusal === undefined ? runSteps(steps, call) : { reply: refusal };
        if (!(verdict instanceof Promise)) {
          conclude(call, verdict, responder);
          return;
        }
        if (call.isInvite && !call.stateless) responder.respond(trying(incoming.request));
        void concludeLater(call, verdict, responder);
      } catch (error) {
        fail(error, incoming.request.method, responder);
      }
    },
    strays: createStrays({ ...deps, statelessly, route }),
  };
}

const dropped: StepVerdict = { reply: serverError() };

const targetOf = ({ uri }: ProxyRequest): Target => ({
  uri: uri.text,
  q: 1000,
  flow: '',
  path: [],
  device: '',
  params: '',
});

/** The same object throughout, reading the settings as they are. */
function engineConfig(config: ProxySettings): EngineConfig {
  return {
    get timerC() {
      return milliseconds(config.timerC * 1000);
    },
    get nextGroupAfter() {
      return milliseconds(config.nextGroupAfter * 1000);
    },
    get branchesMax() {
      return config.branchesMax;
    },
  };
}
