import { bracketed } from '../net/address.ts';
import { transportKinds } from '../sip-stack/transport/index.ts';
import type { BoundAddress } from '../sip-stack/transport/layer-port.ts';
import { parseListenAddress } from './listen-address.ts';
import type { Config } from './sections.ts';
import { serverSection } from './server-section.ts';

/** Listened on as well where there is a certificate, and nobody has said where to listen. */
const secureListen: readonly string[] = ['tls:0.0.0.0:5061', 'tls:[::]:5061'];

/** The listeners that the configuration asks for; each entry was judged when it was read. */
export function boundAddresses({ server, tls }: Pick<Config, 'server' | 'tls'>): readonly BoundAddress[] {
  const isDefault = server.listen.join() === serverSection.listen.default.join();
  const listen = isDefault && tls.certificates.length > 0 ? [...server.listen, ...secureListen] : server.listen;
  return listen.flatMap((entry) => {
    const parsed = parseListenAddress(entry);
    if (!parsed.ok) return [];
    const { transport, host, port } = parsed.value;
    const facts = transportKinds.find((kind) => kind.facts.uriParam === transport)?.facts;
    if (facts === undefined) return [];
    const advertised =
      server.advertise === '' || port === 0 ? {} : { advertised: `${bracketed(server.advertise)}:${String(port)}` };
    return [{ transport: facts, host, port, ...advertised }];
  });
}
