import type { Destination } from '../sip-stack/destination.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { keptFlow } from './engine.ts';
import type { Engine } from './engine.ts';
import { forwardedOf } from './forward.ts';
import type { NextHop } from './next-hop.ts';
import { nextHopOf } from './next-hop.ts';
import type { ProxyRequest } from './proxy-request.ts';
import { recordedLines } from './recorded-lines.ts';

/** Sends requests on without a transaction (RFC 3261 §16.11): by setting, and the ACK to a 2xx always. */
export interface Stateless {
  /** Whether requests to this URI are sent on so, by setting. */
  isFor(uri: SipUri): boolean;
  /** Whether there is any such domain. */
  readonly isUsed: boolean;
  /** Sends a request to the first of its targets; all depends on the request alone, so that it goes the same way each time. */
  forward(call: ProxyRequest): void;
}

export function createStateless(engine: Engine, domains: readonly string[]): Stateless {
  const listed: ReadonlySet<string> = new Set(domains.map((domain) => domain.toLowerCase()));

  const send = (call: ProxyRequest, hop: NextHop, towards: Destination | undefined): void => {
    const { request } = call.incoming;
    if (towards === undefined) return;
    if (request.method !== 'ACK') engine.counts.stateless.add();
    const isRecorded = call.isRecorded && request.method !== 'ACK';
    const recorded = isRecorded ? recordedLines(engine, call, hop, towards, keptFlow(towards)) : '';
    const isRerouted = call.isRerouted || hop.routes !== call.route;
    const { original, editsMade } = call;
    const forwarded = forwardedOf(original, {
      hop,
      isRerouted,
      recorded,
      breadth: original.breadth,
      edits: editsMade,
      wayBack: '',
    });
    engine.forwarder.forwardStatelessly(forwarded, request, towards);
  };

  return {
    isUsed: listed.size > 0,
    isFor: (uri) => listed.size > 0 && listed.has(uri.host),
    forward(call) {
      const [target] = call.targets;
      const hop = target === undefined ? undefined : nextHopOf(target, call.route);
      if (target === undefined || hop === undefined) return;
      const seed = call.incoming.request.via.branch ?? call.incoming.request.callId;
      const found = engine.candidates(hop.towards, target.flow, seed).next();
      if (!(found instanceof Promise)) send(call, hop, found);
      else
        found
          .then((towards) => {
            send(call, hop, towards);
          })
          .catch((error: unknown) => {
            engine.defects.report('proxy-failed', error, call.incoming.request.method);
          });
    },
  };
}
