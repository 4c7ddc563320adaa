import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { DialogSeal } from './dialog-seal.ts';
import type { FlowTokens } from './flow-token.ts';

/** Writes the values by which later requests of a dialog come here again (RFC 3261 §16.6 step 4). */
export interface RecordRoute {
  /**
   * The Record-Route lines for a request that leaves on a flow: one value when both sides reach us alike, else two, the one that
   * faces downstream on top.
   *
   * @param outgoing  the flow it leaves on
   * @param kept      that flow's name when nothing but it leads to the next hop, else ''
   * @param isSecure  whether Request-URI or next hop are a SIPS URI
   */
  lines(incoming: IncomingRequest, outgoing: Flow, kept: FlowKey, isSecure: boolean): WireText;
  /** The Path line of a REGISTER that goes on to the registrar of its domain (RFC 3327 §5.1, RFC 5626 §5.1). */
  path(incoming: IncomingRequest): WireText;
}

export interface RecordRouteDeps {
  /** A URI that reaches us over the kind of transport of this flow: `TransportLayer.contact`. */
  readonly contact: (flow: Flow) => WireText;
  readonly tokens: FlowTokens;
  readonly seal: DialogSeal;
  /** The flow that must be kept to reach the sender of a request, '' when its Contact can be used: `Locate.flowToKeep`. */
  readonly flowToKeep: (incoming: IncomingRequest) => FlowKey;
}

export function createRecordRoute({ contact, tokens, seal, flowToKeep }: RecordRouteDeps): RecordRoute {
  /** `sip:host;lr` and further parameters, with a sealed flow as user part (RFC 5626 §5.2). */
  const valueOf = (reached: WireText, flow: FlowKey, isSecure: boolean, params: WireText): WireText => {
    const user = flow === '' ? '' : `${tokens.seal(flow)}@`;
    const colon = reached.indexOf(':') + 1;
    return `<${isSecure ? 'sips:' : reached.slice(0, colon)}${user}${reached.slice(colon)};lr${params}>`;
  };

  return {
    lines(incoming, outgoing, kept, isSecure) {
      const upstream = contact(incoming.flow);
      const downstream = contact(outgoing);
      const keeping = flowToKeep(incoming);
      const dialog = seal.param(incoming.request.callId);
      const below = valueOf(secured(downstream, isSecure), kept, isSecure, dialog);
      // The same for both sides: what one of them hangs on can be told from where the request comes (RFC 5626 §5.3).
      if (upstream === downstream && (keeping === '' || kept === '')) {
        const either = keeping === '' ? below : valueOf(secured(upstream, isSecure), keeping, isSecure, dialog);
        return `Record-Route: ${either}\r\n`;
      }
      const isSecureAbove = isSecure && incoming.flow.transport.secure;
      const above = valueOf(secured(upstream, isSecureAbove), keeping, isSecureAbove, dialog);
      return `Record-Route: ${below}\r\nRecord-Route: ${above}\r\n`;
    },
    path(incoming) {
      const { request, flow } = incoming;
      if (!supportsPath(request.headers.all('supported'))) return '';
      const isFirstHop = isOnlyVia(request.headers.all('via'));
      return `Path: ${valueOf(contact(flow), flow.key, false, isFirstHop ? ';ob' : '')}\r\n`;
    },
  };
}

/** The transport parameter of a SIPS URI names what runs over TLS, which it implies (RFC 3261 §26.2.2). */
function secured(reached: WireText, isSecure: boolean): WireText {
  if (!isSecure) return reached;
  return reached.endsWith(';transport=tls')
    ? reached.slice(0, -';transport=tls'.length)
    : reached.replace(';transport=wss', ';transport=ws');
}

const supportsPath = (lines: readonly WireText[]): boolean =>
  lines.some((line) => line.split(',').some((tag) => tag.trim().toLowerCase() === 'path'));

const isOnlyVia = (lines: readonly WireText[]): boolean => lines.length === 1 && lines[0]?.includes(',') !== true;
