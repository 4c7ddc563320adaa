import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { canonicalHost, isPort } from '../../net/address.ts';
import type { TransportFacts } from '../flow.ts';
import type { SipUri } from '../wire/uri.ts';
import { parseUri } from '../wire/uri.ts';
import type { Spoken } from './spoken.ts';

/** What a URI says before any name is looked up (RFC 3263 §4). */
export interface Target {
  /** The TARGET of RFC 3263 §4: maddr where there is one, else the host. */
  readonly host: string;
  /** Canonical; `undefined` when TARGET is a name. */
  readonly numeric: string | undefined;
  readonly port: number | undefined;
  /** The transport that the URI asks for, else the one to use when DNS does not say otherwise. */
  readonly transport: TransportFacts;
  /** Whether the URI asks for it. */
  readonly pinned: boolean;
  readonly secure: boolean;
  /** The domain that who answers over TLS has to prove: that of the URI (RFC 5922 §4). */
  readonly domain: string;
  readonly whenLarge: TransportFacts | undefined;
}

/** @fault why no request can be sent to this URI */
export function targetOf(uriText: string, spoken: Spoken): Result<Target, string> {
  const parsed = parseUri(uriText);
  if (!parsed.ok) return parsed;
  const uri = parsed.value;
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return fail(`no way to a ${uri.scheme} URI`);
  const secure = uri.scheme === 'sips';
  const asked = uri.params.get('transport')?.toLowerCase();
  const transport = transportOf(asked, secure, spoken);
  if (!transport.ok) return transport;
  const host = uri.params.get('maddr') ?? uri.host;
  if (host === '') return fail('URI without a host');
  if (uri.port !== undefined && !isPort(uri.port)) return fail('port out of range');
  return ok({
    host,
    numeric: canonicalHost(host),
    port: uri.port,
    transport: transport.value,
    pinned: asked !== undefined,
    secure,
    domain: domainOf(uri),
    whenLarge: asked !== undefined || transport.value.reliable ? undefined : spoken.listening('TCP'),
  });
}

const domainOf = (uri: SipUri): string => canonicalHost(uri.host) ?? uri.host;

/** What `transport` means under `sips`, where it names what TLS runs over (RFC 3261 §26.2.2, RFC 5630 §3.1.3). */
const secureTokens: Readonly<Record<string, string>> = { tcp: 'TLS', tls: 'TLS', ws: 'WSS', wss: 'WSS' };

/** The transport that the URI asks for, else UDP, TLS for sips, else what we listen on (RFC 3263 §4.1). */
function transportOf(asked: string | undefined, secure: boolean, spoken: Spoken): Result<TransportFacts, string> {
  if (secure) {
    const token = asked === undefined ? 'TLS' : secureTokens[asked];
    if (token === undefined) return fail(`sips cannot go over ${asked ?? ''}`);
    const transport = spoken.known(token);
    return transport === undefined ? fail('sips needs TLS, which is not spoken') : ok(transport);
  }
  if (asked !== undefined) {
    const transport = spoken.known(asked.toUpperCase());
    return transport === undefined ? fail(`transport ${asked} is not spoken`) : ok(transport);
  }
  const usual = spoken.listening('UDP') ?? spoken.all()[0];
  return usual === undefined ? fail('no transport is listening') : ok(usual);
}
