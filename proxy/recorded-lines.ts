import type { Destination } from '../sip-stack/destination.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { Engine } from './engine.ts';
import type { NextHop } from './next-hop.ts';
import type { ProxyRequest } from './proxy-request.ts';

/** The lines by which we stay in the path of what begins here: Path of a REGISTER, Record-Route of everything else. */
export function recordedLines(
  engine: Engine,
  { incoming }: ProxyRequest,
  hop: NextHop,
  towards: Destination,
  kept: FlowKey,
): WireText {
  if (incoming.request.method === 'REGISTER') return engine.recordRoute.path(incoming);
  return engine.recordRoute.lines(incoming, engine.flowTowards(towards), kept, hop.isSecure);
}
