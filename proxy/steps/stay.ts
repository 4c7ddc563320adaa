import { parseContacts } from '../../sip-stack/wire/contact.ts';
import type { ProxyCall } from '../call.ts';
import type { Locations } from '../locations.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';
import type { StepsConfig } from './settings.ts';

/** Decides whether later requests of the dialog come by here too. */
export function createStay(
  deps: { readonly locations: Locations; readonly domains: OwnDomains },
  config: Pick<StepsConfig, 'recordRoute' | 'recordRouteMethods'>,
): ProxyStep {
  const methods: ReadonlySet<string> = new Set(config.recordRouteMethods);
  return {
    name: 'stay',
    doc: 'Puts us into Record-Route of what begins a dialog, as `proxy.recordRoute` says (RFC 3261 §16.6 step 4).',
    run(call) {
      if (!methods.has(call.incoming.request.method)) return 'next';
      if (config.recordRoute === 'always' || (config.recordRoute === 'needed' && isNeeded(call)) || isBound(call)) {
        call.recordRoute = true;
      } else call.recordRoute = false;
      return 'next';
    },
  };

  /** Bound to stay by a GRUU, at either end (RFC 5627 §6.2). */
  function isBound({ incoming: { request }, targets }: ProxyCall): boolean {
    if (targets.some(({ path, device }) => path.length > 0 && device !== '')) return true;
    if (!request.headers.has('record-route') || request.headers.first('contact')?.includes(';gr') !== true)
      return false;
    const contacts = parseContacts(request.headers);
    if (!contacts.ok || contacts.value === '*') return false;
    return contacts.value.some(({ uri }) => {
      if (!uri.params.has('gr') || deps.domains.domainOf(uri) === undefined) return false;
      const device = deps.locations.gruu(uri);
      return device !== undefined && device !== 'unknown';
    });
  }
}

/** Somebody hangs on a connection that only we have, or behind a Path. */
const isNeeded = ({ incoming, targets }: ProxyCall): boolean =>
  incoming.flow.transport.reliable || targets.some(({ flow, path }) => flow !== '' || path.length > 0);
