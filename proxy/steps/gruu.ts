import type { Aor } from '../../kernel/aor.ts';
import { forbidden, notFound, temporarilyUnavailable } from '../../sip-stack/refusals.ts';
import { parseContacts } from '../../sip-stack/wire/contact.ts';
import type { ProxyCall, Target } from '../call.ts';
import type { Locations } from '../locations.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';

/** Finds the one device that a GRUU of ours stands for. */
export const createGruu = (deps: { readonly locations: Locations; readonly domains: OwnDomains }): ProxyStep => ({
  name: 'gruu',
  doc: 'Resolves a GRUU of ours to its device: 404 when there is none like it, 480 when it is not registered (RFC 5627 §6.1).',
  run(call) {
    const { locations, domains } = deps;
    if (speaksForAnother(call, locations, domains)) return { reply: forbidden('Contact Is Not Yours') };
    const { uri } = call;
    if (!uri.params.has('gr') || domains.domainOf(uri) === undefined) return 'next';
    const device = locations.gruu(uri);
    if (device === undefined || device === 'unknown') return { reply: notFound() };
    if (device.targets.length === 0) return { reply: temporarilyUnavailable() };
    call.targets = call.route.length > 0 ? device.targets.map(byRoute) : device.targets;
    call.note(`GRUU of ${device.aor}`);
    return 'next';
  },
});

/** A Route that remains leads there; the Path must not be gone a second time (RFC 5627 §6.1). */
const byRoute = (target: Target): Target => ({ ...target, path: [], flow: '' });

/**
 * Whether a user who proved who he is begins a dialog with the GRUU of somebody else as his Contact (RFC 5627 §6.2). The text
 * is looked at first: most Contacts hold no GRUU.
 */
function speaksForAnother({ incoming, identity }: ProxyCall, locations: Locations, domains: OwnDomains): boolean {
  if (identity.kind !== 'authenticated') return false;
  const { request } = incoming;
  if (request.to.tag !== undefined || request.headers.first('contact')?.includes(';gr') !== true) return false;
  const contacts = parseContacts(request.headers);
  if (!contacts.ok || contacts.value === '*') return false;
  return contacts.value.some(({ uri }) => isAnothers(uri, identity.aor, locations, domains));
}

function isAnothers(uri: ProxyCall['uri'], aor: Aor, locations: Locations, domains: OwnDomains): boolean {
  if (!uri.params.has('gr') || domains.domainOf(uri) === undefined) return false;
  const device = locations.gruu(uri);
  return device !== undefined && device !== 'unknown' && device.aor !== aor;
}
