import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Locations } from '../registrar/locations.ts';
import type { Registrar, RegistrarDeps } from '../registrar/registrar.ts';
import { createRegistrar } from '../registrar/registrar.ts';
import type { RegistrarConfig } from '../registrar/settings.ts';
import type { Destination } from '../sip-stack/destination.ts';
import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import type { OutgoingRequest, RequestSender } from '../sip-stack/outgoing.ts';
import type { TransportLayer, TransportListener } from '../sip-stack/transport/layer-port.ts';
import { parseNameAddr } from '../sip-stack/wire/name-addr.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';

/** @fault a sentence: the database took no key */
export async function composeRegistrar(
  deps: Omit<RegistrarDeps, 'flow'> & { readonly layer: Pick<TransportLayer, 'flow'> },
  config: RegistrarConfig,
): Promise<Result<Registrar, string>> {
  const registrar = await createRegistrar({ ...deps, flow: (key) => deps.layer.flow(key) }, config);
  return registrar.ok ? ok(registrar.value) : fail(`the database takes no changes (${registrar.fault})`);
}

/** The listener of the transports, with one more who wants to know of connections that are gone. */
export const withFlowNews = (listener: TransportListener, onFlowClosed: (flow: Flow) => void): TransportListener => ({
  onMessage(message, flow) {
    listener.onMessage(message, flow);
  },
  onMalformed(fault, flow) {
    listener.onMalformed(fault, flow);
  },
  onFlowClosed(flow) {
    listener.onFlowClosed(flow);
    onFlowClosed(flow);
  },
});

type Found = Destination | undefined | Promise<Destination | undefined>;

/** What sends requests of ours to Contacts: where they are, and the sending. */
export interface Reaching {
  destination(uriText: string, flowKey: FlowKey): Found;
  readonly sender: RequestSender;
}

/**
 * Lets requests of ours reach Contacts that are GRUUs of ours: they go where the device is registered now, with its contact as
 * Request-URI and its path as Route (RFC 5627 §6.1). COMPAT(linphone, 5.1): its public GRUU is the Contact of its SUBSCRIBE.
 * For all other Contacts this costs a look at the text.
 */
export function reachingGruus(
  locations: Pick<Locations, 'gruu'>,
  layer: Pick<TransportLayer, 'flow'>,
  reaching: Reaching,
): Reaching {
  const deviceOf = (uriText: string) => {
    const uri = parseUri(uriText);
    const device = uri.ok ? locations.gruu(uri.value) : undefined;
    if (device === undefined) return undefined;
    return { target: device === 'unknown' ? undefined : device.targets[0] };
  };

  return {
    destination(uriText, flowKey) {
      const device = mayBeGruu(uriText) ? deviceOf(uriText) : undefined;
      if (device === undefined) return reaching.destination(uriText, flowKey);
      const { target } = device;
      if (target !== undefined) return reaching.destination(nextHop(target.path[0]) ?? target.uri, target.flow);
      // Not registered now. Our own domain is no way to it, but the flow of its subscription may be.
      const flow = flowKey === '' ? undefined : layer.flow(flowKey);
      return flow?.open === true ? { kind: 'flow', flow } : undefined;
    },
    sender: {
      send(request, towards, listener) {
        reaching.sender.send(mayBeGruu(request.uri) ? withContact(request) : request, towards, listener);
      },
    },
  };

  function withContact(request: OutgoingRequest): OutgoingRequest {
    const target = deviceOf(request.uri)?.target;
    // Where there is a Route, somebody on it resolves the GRUU.
    if (target === undefined || isRouted(request)) return request;
    const { path, uri } = target;
    if (path.length === 0) return { ...request, uri };
    const route = path.join(', ');
    return request.headerText === undefined
      ? { ...request, uri, headers: [['Route', route], ...request.headers] }
      : { ...request, uri, headerText: `Route: ${route}\r\n${request.headerText}` };
  }
}

const mayBeGruu = (uriText: string): boolean => uriText.includes(';gr');

const isRouted = ({ headers, headerText = '' }: OutgoingRequest): boolean =>
  headerText.startsWith('Route:') || headers.some(([name]) => name === 'Route');

function nextHop(route: string | undefined): string | undefined {
  const read = route === undefined ? undefined : parseNameAddr(route);
  return read?.ok === true ? read.value.uri.text : undefined;
}
