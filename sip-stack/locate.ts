import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { silentLog } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { canonicalHost, familyOf, isPort, isUnicast } from '../net/address.ts';
import type { FlowKey, TransportFacts } from './flow.ts';
import type { KeepingRequest } from './flow-to-keep.ts';
import { flowToKeep } from './flow-to-keep.ts';
import type { Destination } from './outgoing.ts';
import { transportKinds } from './transport/index.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import { copyText } from './wire/text.ts';
import type { SipUri } from './wire/uri.ts';
import { parseUri } from './wire/uri.ts';

/** What locate asks of DNS. */
export interface Resolver {
  /** Numeric addresses of a host name, never empty; settled within a deadline. */
  addresses(host: string): Promise<Result<readonly string[], string>>;
}

/** Finds where a request goes (RFC 3263). */
export interface Locate {
  /**
   * Where a request towards this URI goes: over the flow if it is still open, else to the address that the URI names. At
   * once for an open flow and for a numeric host; a promise when a name has to be looked up.
   *
   * @param flowKey what `flowToKeep` gave, or '' for none
   * @returns `undefined` (in a promise) when there is no way to it; the reason is logged as 'destination-unknown'
   */
  destination(uriText: string, flowKey: FlowKey): Destination | Promise<Destination | undefined>;
  /** The flow that a binding or subscription must remember, '' when the Contact can be used (flow-to-keep.ts). */
  flowToKeep(incoming: KeepingRequest): FlowKey;
}

export interface LocateDeps {
  readonly layer: Pick<TransportLayer, 'flow' | 'bound'>;
  readonly resolver: Resolver;
  /** The transports spoken; those of the list when absent. */
  readonly transports?: readonly TransportFacts[];
  readonly log?: Log;
}

/** What a URI says before any name is looked up: the way, and a host that may still be a name. */
interface Target {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportFacts;
  readonly whenLarge: TransportFacts | undefined;
}

const nowhere: Promise<undefined> = Promise.resolve(undefined);

export function createLocate({ layer, resolver, transports: given, log = silentLog }: LocateDeps): Locate {
  const transports = given ?? transportKinds.map((kind) => kind.facts);
  const numeric = new Map<string, Destination>();

  const sayUnknown = (uriText: string, reason: string): void => {
    log.info('destination-unknown', { uri: uriText.slice(0, 200), reason });
  };

  const remember = (uriText: string, destination: Destination): Destination => {
    if (numeric.size >= limits.peersRememberedMax) numeric.clear();
    numeric.set(copyText(uriText), destination);
    return destination;
  };

  const lookUp = async (uriText: string, target: Target): Promise<Destination | undefined> => {
    const found = await resolver.addresses(target.host);
    const usable = found.ok
      ? found.value.find((host) => isUnicast(host) && reaches(layer, target.transport, host))
      : undefined;
    if (usable !== undefined) return addressOf(target, usable);
    sayUnknown(uriText, found.ok ? 'no address of a family we speak' : found.fault);
    return undefined;
  };

  return {
    flowToKeep,
    destination(uriText, flowKey) {
      const flow = flowKey === '' ? undefined : layer.flow(flowKey);
      if (flow?.open === true) return { kind: 'flow', flow };
      const known = numeric.get(uriText);
      if (known !== undefined) return known;
      const target = targetOf(uriText, transports, layer);
      if (!target.ok) {
        sayUnknown(uriText, target.fault);
        return nowhere;
      }
      const host = canonicalHost(target.value.host);
      if (host === undefined) return lookUp(uriText, target.value);
      if (isUnicast(host)) return remember(uriText, addressOf(target.value, copyText(host)));
      sayUnknown(uriText, 'not the address of one host');
      return nowhere;
    },
  };
}

/** Steps of RFC 3263 §4 that need no DNS. @fault why no request can be sent to this URI */
function targetOf(
  uriText: string,
  transports: readonly TransportFacts[],
  layer: Pick<TransportLayer, 'bound'>,
): Result<Target, string> {
  const parsed = parseUri(uriText);
  if (!parsed.ok) return parsed;
  const uri = parsed.value;
  if (uri.scheme === 'sips') return fail('sips needs TLS, which is not spoken');
  if (uri.scheme !== 'sip') return fail(`no way to a ${uri.scheme} URI`);
  const chosen = transportOf(uri, transports, layer);
  if (!chosen.ok) return chosen;
  const { transport, pinned } = chosen.value;
  const port = uri.port ?? transport.defaultPort;
  if (!isPort(port)) return fail('port out of range');
  // The maddr parameter takes the place of the host (RFC 3263 §4).
  const host = uri.params.get('maddr') ?? uri.host;
  if (host === '') return fail('URI without a host');
  const other = layer.bound.find((each) => each.transport.uriParam === 'tcp')?.transport;
  return ok({ host, port, transport, whenLarge: pinned || transport.reliable ? undefined : other });
}

/** The transport that the URI asks for, else UDP, else what we listen on (RFC 3263 §4.1). */
function transportOf(
  uri: SipUri,
  transports: readonly TransportFacts[],
  layer: Pick<TransportLayer, 'bound'>,
): Result<{ readonly transport: TransportFacts; readonly pinned: boolean }, string> {
  const asked = uri.params.get('transport')?.toLowerCase();
  if (asked !== undefined) {
    const transport = transports.find((each) => each.uriParam === asked);
    return transport === undefined ? fail(`transport ${asked} is not spoken`) : ok({ transport, pinned: true });
  }
  const listening = layer.bound.find((each) => each.transport.uriParam === 'udp') ?? layer.bound[0];
  return listening === undefined
    ? fail('no transport is listening')
    : ok({ transport: listening.transport, pinned: false });
}

/** Datagrams need a socket of the peer's family; connections a family that this machine has been seen to speak. */
function reaches(layer: Pick<TransportLayer, 'bound'>, transport: TransportFacts, host: string): boolean {
  const family = familyOf(host);
  return layer.bound.some(
    (each) => (transport.reliable || each.transport === transport) && familyOf(each.host) === family,
  );
}

function addressOf({ port, transport, whenLarge }: Target, host: string): Destination {
  const peer = { host, port };
  return whenLarge === undefined
    ? { kind: 'address', transport, peer }
    : { kind: 'address', transport, peer, whenLarge };
}
