import type { TransportFacts } from '../flow.ts';
import type { Rule } from './resolver-port.ts';
import type { Spoken } from './spoken.ts';

/** A name to ask SRV records of, for one transport. */
export interface ServiceName {
  readonly name: string;
  readonly transport: TransportFacts;
}

/**
 * The service field of NAPTR records for each transport over which we begin something (RFC 3263 §4.1 and §9). SIP+D2W and
 * SIPS+D2W are passed over: we are a WebSocket server, and only clients begin such connections (RFC 7118 §10.2).
 */
const tokens: Readonly<Record<string, string>> = {
  'SIP+D2U': 'UDP',
  'SIP+D2T': 'TCP',
  'SIPS+D2T': 'TLS',
};

/** What stands before the domain in the name of an SRV record (RFC 3263 §4.2); WebSocket has none (RFC 7118 §5.5). */
const prefixes: Readonly<Record<string, string>> = { UDP: '_sip._udp.', TCP: '_sip._tcp.', TLS: '_sips._tcp.' };

/** The SRV name of a domain for one transport; `undefined` when there is none for it. */
export function serviceOf(domain: string, transport: TransportFacts): ServiceName | undefined {
  const prefix = prefixes[transport.viaToken];
  return prefix === undefined ? undefined : { name: `${prefix}${domain}`, transport };
}

/** The SRV names of a domain without NAPTR records, for each transport we may choose (RFC 3263 §4.1). */
export const servicesOf = (domain: string, secure: boolean, spoken: Spoken): readonly ServiceName[] =>
  transportsFor(secure, spoken).flatMap((transport) => serviceOf(domain, transport) ?? []);

/**
 * The services that a domain offers by NAPTR and that we speak, in groups of one order, best first: once one of a group is
 * found, those of another order are not considered (RFC 3403 §4.1).
 */
export function servicesByRules(
  rules: readonly Rule[],
  secure: boolean,
  spoken: Spoken,
): readonly (readonly ServiceName[])[] {
  const transports = transportsFor(secure, spoken);
  const groups = new Map<number, ServiceName[]>();
  for (const rule of [...rules].sort((one, other) => one.order - other.order || one.preference - other.preference)) {
    // The flag "s": the replacement is the name of SRV records (RFC 3263 §4.1). Flags and services know no case.
    if (rule.flags.toLowerCase() !== 's' || rule.replacement === '') continue;
    const token = tokens[rule.services.toUpperCase()];
    const transport = transports.find(({ viaToken }) => viaToken === token);
    if (transport === undefined) continue;
    const group = groups.get(rule.order) ?? [];
    group.push({ name: rule.replacement, transport });
    groups.set(rule.order, group);
  }
  return [...groups.values()];
}

/**
 * Those we listen on, so that what we send names a way back. A sips URI leads over TLS alone, a sip URI over what the domain
 * prefers (RFC 3263 §4.1).
 */
function transportsFor(secure: boolean, spoken: Spoken): readonly TransportFacts[] {
  const all = spoken.all();
  if (!secure) return all;
  const tls = spoken.known('TLS');
  const known = all.filter((transport) => transport.secure);
  return tls === undefined || known.includes(tls) ? known : [tls, ...known];
}
