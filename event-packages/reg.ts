import { fingerprint } from '../events/fingerprint.ts';
import type { Document, EventPackage, SubHandling, SubscriptionFacts } from '../events/package.ts';
import type { Aor } from '../kernel/aor.ts';
import type { ReginfoContact } from '../registrar/reginfo.ts';
import { contactsOf, reginfoMediaType, writeReginfo } from '../registrar/reginfo.ts';
import type { ContactGruus, Registrations } from '../registrar/registrations.ts';
import type { Binding } from '../registrar/tables.ts';
import { notFound } from '../sip-stack/refusals.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';
import type { RegConfig } from './settings.ts';

export interface RegDeps {
  readonly registrations: Registrations;
  /** Who exists; answered by auth. */
  readonly users: { has(aor: Aor): boolean };
}

/**
 * The registration event package (RFC 3680), with GRUUs (RFC 5628). Every document is full state, so that a NOTIFY that was
 * lost, or that stands for several changes, leaves nothing out (RFC 3680 §4.3, "any policy").
 */
export function createRegPackage({ registrations, users }: RegDeps, config: RegConfig): EventPackage {
  const mayWatchAll = (aor: Aor): boolean =>
    config.watchers.some((entry) => {
      const uri = parseUri(entry);
      return uri.ok && canonicalAor(uri.value) === aor;
    });

  return {
    name: 'reg',
    defined: 'RFC 3680',
    get expiresDefault() {
      return config.subscriptionExpiresDefault;
    },
    notifyBodies: [reginfoMediaType],
    admit: (resource) => (users.has(resource) ? undefined : notFound()),
    // Where somebody can be reached is nobody else's business (RFC 3680 §4.6).
    authorize: (watcher, resource) =>
      watcher.kind === 'known' && (watcher.aor === resource || mayWatchAll(watcher.aor)) ? 'allow' : 'block',
    view: (facts, handling) => viewOf(facts, handling),
    render(facts, handling) {
      if (handling === 'block' || handling === 'confirm') return undefined;
      const view = viewOf(facts, handling);
      const gruusOf = (binding: Binding): ContactGruus | undefined =>
        withheld(registrations.gruusOf(binding), view === 'own');
      const state = registrations.of(facts.resource);
      return documentOf(facts.resource, state.at, view === 'none' ? [] : contactsOf(state, gruusOf));
    },
  };
}

/** Temporary GRUUs are for those who may register the address: the user himself (RFC 5628 §5, §11). */
function viewOf({ watcher, resource }: SubscriptionFacts, handling: SubHandling): string {
  if (handling !== 'allow') return handling === 'polite-block' ? 'none' : handling;
  return watcher.kind === 'known' && watcher.aor === resource ? 'own' : 'other';
}

const withheld = (gruus: ContactGruus | undefined, isOwn: boolean): ContactGruus | undefined =>
  gruus === undefined || isOwn ? gruus : { publicGruu: gruus.publicGruu, temporary: undefined };

function documentOf(resource: Aor, at: Parameters<typeof writeReginfo>[0]['at'], contacts: readonly ReginfoContact[]) {
  const id = `r${fingerprint(Buffer.from(resource, 'latin1'))}`;
  const bytes = Buffer.from(writeReginfo({ aor: resource, id, at, version: '' }, contacts), 'utf8');
  const versionAt = bytes.indexOf(noVersion) + noVersion.length - 1;
  return { contentType: reginfoMediaType, bytes, versionAt, state: stateText(contacts) } satisfies Document;
}

/** The attribute as it is written for now; the root comes first, and no value holds a quotation mark. */
const noVersion = ' version=""';

/** What the document says apart from times and from what each REGISTER renews: who has seen this has missed nothing. */
function stateText(contacts: readonly ReginfoContact[]): string {
  let text = '';
  for (const { binding, state, event } of contacts) {
    const { id, contact, params, q } = binding;
    text += `${id} ${state === 'active' ? state : event} ${String(q)} ${contact}${params}\n`;
  }
  return text;
}
