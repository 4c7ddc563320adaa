import type { Meter } from '../../kernel/meter.ts';
import type { Result } from '../../kernel/result.ts';
import type { Admit, CredentialsLeft } from '../admit.ts';
import type { Aliases } from '../aliases.ts';
import type { Locations } from '../locations.ts';
import type { LoopHash } from '../loop-hash.ts';
import type { NumberRules } from '../number-rules.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';
import type { UserOptions } from '../user-options.ts';
import { createAdmit } from './admit.ts';
import { createAliases } from './aliases.ts';
import { createAudience } from './audience.ts';
import { createCallerPreferences } from './caller-preferences.ts';
import { createEnum } from './enum.ts';
import { createForeign } from './foreign.ts';
import { createGruu } from './gruu.ts';
import { createHops } from './hops.ts';
import { createIdentity } from './identity.ts';
import { createLocation } from './location.ts';
import { createLoop } from './loop.ts';
import { createOptions } from './options.ts';
import { orderSteps, type PlacedStep } from './order.ts';
import { createPrivacy } from './privacy.ts';
import { createProxyRequire } from './proxy-require.ts';
import { createRedirect } from './redirect.ts';
import type { StepsConfig } from './settings.ts';
import { createStay } from './stay.ts';
import { createTel } from './tel.ts';

/** What the steps ask of others. */
export interface StepDeps {
  readonly admit: Admit;
  readonly credentialsLeft?: CredentialsLeft;
  readonly aliases: Aliases;
  readonly domains: OwnDomains;
  readonly locations: Locations;
  readonly loopHash: LoopHash;
  readonly meter: Meter;
  readonly userOptions: UserOptions;
  readonly numbers: NumberRules;
}

/**
 * The steps of the proxy in the order of `proxy.steps`; one line for each, in the order they have by default.
 *
 * @param added  steps of an operator's extensions
 * @fault sentences without full stop, all at once: names in `proxy.steps` that there are not
 */
export function createSteps(
  deps: StepDeps,
  config: StepsConfig,
  added: readonly PlacedStep[] = [],
): Result<readonly ProxyStep[], readonly string[]> {
  const audience = createAudience(config.trustedDomains);
  const ordered = orderSteps(
    [
      createHops(),
      createLoop(deps),
      createProxyRequire(() => understood),
      createAdmit(deps.admit, deps.credentialsLeft),
      createTel(deps.domains),
      createAliases(deps.aliases),
      createGruu(deps),
      createEnum(deps, config),
      createOptions(deps),
      createLocation(deps.locations, deps.domains),
      createCallerPreferences(config),
      createForeign(),
      createRedirect(config),
      createStay(deps, config),
      createIdentity({ ...deps, audience }, config),
      createPrivacy(audience),
    ],
    added,
    config.steps,
  );
  const understood: ReadonlySet<string> = ordered.ok ? optionTagsOf(ordered.value) : new Set();
  return ordered;
}

/** Option tags that some step understands, in lower case (RFC 3261 §20.29). */
export const optionTagsOf = (steps: readonly ProxyStep[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ understands = [] }) => understands.map((tag) => tag.toLowerCase())));
