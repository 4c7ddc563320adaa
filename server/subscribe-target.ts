import type { Domains } from '../auth/domains.ts';
import type { Handler } from '../sip-stack/incoming.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';

/**
 * The server's own addresses count as its main domain: a SUBSCRIBE to alice@192.0.2.1 goes on as one to alice@example.org.
 * What is echoed to the watcher is what it wrote, since that is taken from the request.
 */
export function withDomainOfTarget(domains: Pick<Domains, 'domainOf' | 'localAor'>, subscribe: Handler): Handler {
  return (incoming) => {
    const { uri, request } = incoming;
    // A request within a dialog has our Contact as its target, and nobody's name.
    if (request.to.tag !== undefined) return subscribe(incoming);
    // COMPAT(yealink, 2024): the Request-URI names the domain only, and To the user.
    const named =
      uri.user === undefined && uri.rest === undefined && request.to.uri.user !== undefined ? request.to.uri : uri;
    const domain = domains.domainOf(named);
    if (domain === undefined || domain === named.host) return subscribe(incoming);
    const target = parseUri(domains.localAor(named) ?? '');
    return subscribe(target.ok ? { ...incoming, uri: target.value } : incoming);
  };
}
