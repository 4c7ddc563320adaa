import { bracketed } from '../net/address.ts';
import { transportKinds } from '../sip-stack/transport/index.ts';
import type { BoundAddress } from '../sip-stack/transport/layer-port.ts';
import { parseListenAddress } from './listen-address.ts';
import type { ServerConfig } from './server-section.ts';

/** The listeners that the configuration asks for; each entry was judged when it was read. */
export function boundAddresses(config: ServerConfig): readonly BoundAddress[] {
  return config.listen.flatMap((entry) => {
    const parsed = parseListenAddress(entry);
    if (!parsed.ok) return [];
    const { transport, host, port } = parsed.value;
    const facts = transportKinds.find((kind) => kind.facts.uriParam === transport)?.facts;
    if (facts === undefined) return [];
    const advertised =
      config.advertise === '' || port === 0 ? {} : { advertised: `${bracketed(config.advertise)}:${String(port)}` };
    return [{ transport: facts, host, port, ...advertised }];
  });
}
