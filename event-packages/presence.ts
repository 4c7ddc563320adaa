import type { EventPackage, SubscriptionFacts } from '../events/package.ts';
import type { Aor } from '../kernel/aor.ts';
import type { Log } from '../kernel/log.ts';
import { closedDocument } from '../pidf/document.ts';
import { pidfMediaType, writePidf } from '../pidf/write.ts';
import { createBodies } from '../presence/bodies.ts';
import type { LocalUsers } from '../presence/check.ts';
import { createBodyCheck } from '../presence/check.ts';
import { createPresentities } from '../presence/presentities.ts';
import type { Rules } from '../presence/rules.ts';
import { decide, noRules } from '../presence/rules.ts';
import type { PresenceConfig } from '../presence/settings.ts';
import type { Publications } from '../presence/sources.ts';
import { createSources } from '../presence/sources.ts';
import { notFound } from '../sip-stack/refusals.ts';
import { decodeUtf8 } from '../sip-stack/wire/text.ts';

/** Who exists and where; answered by auth. */
export interface PresenceUsers extends LocalUsers {
  has(aor: Aor): boolean;
}

export interface PresenceDeps {
  readonly publications: Publications;
  readonly users: PresenceUsers;
  readonly log: Log;
  /** Absent while no presentity can have rules. */
  readonly rules?: Rules;
}

/** The presence event package (RFC 3856). */
export function createPresencePackage(deps: PresenceDeps, config: PresenceConfig): EventPackage {
  const rules = deps.rules ?? noRules;
  const bodies = createBodies();
  const presentities = createPresentities(createSources({ ...deps, bodies }));
  const check = createBodyCheck({ users: deps.users, bodies });

  return {
    name: 'presence',
    defined: 'RFC 3856',
    get expiresDefault() {
      return config.subscriptionExpiresDefault;
    },
    notifyBodies: [pidfMediaType],
    publication: {
      bodies: [pidfMediaType],
      get expiresDefault() {
        return config.publicationExpiresDefault;
      },
      check,
    },
    admit(resource) {
      if (config.unknownUsers === 'conceal' || deps.users.has(resource)) return undefined;
      return notFound();
    },
    authorize: (watcher, resource) => decide(rules, config.defaultHandling, watcher, resource).handling,
    view(facts, handling) {
      if (handling === 'polite-block') return `closed ${facts.askedUri}`;
      if (handling !== 'allow') return handling;
      const { transformation } = decide(rules, config.defaultHandling, facts.watcher, facts.resource);
      return `${transformation.name} ${facts.askedUri}`;
    },
    render(facts, handling) {
      // A pending watcher learns nothing, not even that there is something to learn (RFC 6665 §4.2.1.2).
      if (handling === 'confirm' || handling === 'block') return undefined;
      const entity = entityOf(facts);
      const state = handling === 'allow' ? presentities.stateOf(facts.resource) : undefined;
      if (state === undefined) return { contentType: pidfMediaType, bytes: writePidf(closedDocument(entity)) };
      const { transformation } = decide(rules, config.defaultHandling, facts.watcher, facts.resource);
      return { contentType: pidfMediaType, bytes: writePidf({ ...transformation.apply(state), entity }) };
    },
  };
}

/** The URI that the watcher asked for, so that it knows its own buddy again. COMPAT(linphone, 5.1): compared byte for byte. */
const entityOf = ({ askedUri, resource }: SubscriptionFacts): string =>
  decodeUtf8(askedUri === '' ? resource : askedUri);
