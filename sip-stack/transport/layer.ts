import { defaultsOf } from '../../config/section.ts';
import type { Clock, Tokens } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Meter } from '../../kernel/meter.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import { isWildcard } from '../../net/address.ts';
import { readLocalAddresses } from '../../net/interfaces.ts';
import { hostPort } from '../flow-key.ts';
import { closedFlow } from './closed-flow.ts';
import { transportKinds } from './index.ts';
import type { Transport, TransportKind } from './kind.ts';
import type { BoundAddress, TransportLayer, TransportListener } from './layer-port.ts';
import type { Admission } from './admission.ts';
import { openDoor } from './admission.ts';
import type { Certificates } from './certificates.ts';
import { noCertificates } from './certificates.ts';
import { createReach } from './reach.ts';
import type { TransportSettings } from './settings.ts';
import { createSources } from './sources.ts';
import type { Tap } from './tap.ts';
import { noTap } from './tap.ts';
import type { TlsSettings } from './tls-settings.ts';
import { tlsSection } from './tls-settings.ts';

export interface TransportLayerDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  /** Hears every message; nobody does when absent. */
  readonly tap?: Tap;
  /** Who may send to us at all; everybody when absent. */
  readonly admission?: Admission;
  /** What TLS shows and trusts; no certificate of our own when absent. */
  readonly certificates?: Certificates;
  /** Members declared `live` change on reload; the defaults when absent. */
  readonly tls?: Pick<TlsSettings, 'clientCertificates' | 'verifyServers'>;
}

/** What the system says of a family that the machine does not have. */
const familyMissing: readonly string[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/**
 * All kinds of transport behind one face (RFC 3261 §18).
 *
 * @param settings read at the point of use: members declared `live` change on reload
 */
export function createTransportLayer(
  deps: TransportLayerDeps,
  listener: TransportListener,
  settings: TransportSettings,
  kinds: readonly TransportKind[] = transportKinds,
): TransportLayer {
  const transports = new Map<string, Transport>();
  const { tap = noTap, admission = openDoor, certificates = noCertificates(), tls = defaultsOf(tlsSection) } = deps;
  const sources = createSources({ clock: deps.clock, admission }, settings);
  const context = { ...deps, settings, listener, tap, admission, certificates, tls, sources };
  for (const kind of kinds) transports.set(kind.facts.uriParam, kind.start(context));
  const bound: BoundAddress[] = [];
  const reach = createReach({ clock: deps.clock, readLocalAddresses }, bound);

  /** A machine without IPv6 is no fault of an operator who listens everywhere: the wildcard alone is left out. */
  const mayLack = (at: BoundAddress, reason: string): boolean => isWildcard(at.host) && familyMissing.includes(reason);

  return {
    bound,
    async listen(addresses) {
      const before = bound.length;
      for (const at of addresses) {
        const transport = transports.get(at.transport.uriParam);
        const opened = (await transport?.listen(at)) ?? fail('no such transport');
        if (opened.ok) bound.push(opened.value);
        else if (mayLack(at, opened.fault))
          deps.log.warn('family-not-available', { address: named(at), reason: opened.fault });
        else return fail(`${named(at)}: ${opened.fault}`);
      }
      return bound.length > before ? ok(bound.slice(before)) : fail('no address to listen on');
    },
    connect(kind, peer, domain) {
      const transport = transports.get(kind.uriParam);
      return transport?.connect(peer, domain) ?? closedFlow(kind, peer, `no transport ${kind.uriParam}`);
    },
    flow: (key) => transports.get(key.slice(0, key.indexOf('|')))?.flow(key),
    sentBy: (flow) => reach.of(flow).sentBy,
    contact: (flow, scheme) => (scheme === 'sips' ? reach.of(flow).secureContact : reach.of(flow).contact),
    async stop() {
      await Promise.all([...transports.values()].map((transport) => transport.stop()));
    },
  };
}

const named = (at: BoundAddress): string => `${at.transport.uriParam}:${hostPort(at)}`;
