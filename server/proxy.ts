import { openKey } from '../db/keys.ts';
import type { Store } from '../db/store.ts';
import type { Clock, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Admit, CredentialsLeft } from '../proxy/admit.ts';
import type { Aliases } from '../proxy/aliases.ts';
import { createProxyCounts } from '../proxy/counts.ts';
import { createDialogSeal } from '../proxy/dialog-seal.ts';
import { createFlowTokens } from '../proxy/flow-token.ts';
import type { Locations } from '../proxy/locations.ts';
import { createLoopHash } from '../proxy/loop-hash.ts';
import type { NumberRules } from '../proxy/number-rules.ts';
import type { OwnDomains } from '../proxy/own-domains.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { createProxy } from '../proxy/proxy.ts';
import { createRecordRoute } from '../proxy/record-route.ts';
import { createSteps, optionTagsOf } from '../proxy/steps/index.ts';
import type { PlacedStep } from '../proxy/steps/order.ts';
import { proxyKeys } from '../proxy/tables.ts';
import { createUserOptions } from '../proxy/user-options.ts';
import { createDefects } from '../sip-stack/defects.ts';
import type { Failover } from '../sip-stack/failover.ts';
import { flowToKeep } from '../sip-stack/flow-to-keep.ts';
import type { Forwarder } from '../sip-stack/forwarding.ts';
import type { Locate } from '../sip-stack/locate.ts';
import type { TransportLayer } from '../sip-stack/transport/layer-port.ts';
import { sentences } from './compose-extensions.ts';
import type { Config } from './sections.ts';

export interface ProxyParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly layer: TransportLayer;
  readonly endpoint: Forwarder;
  readonly locate: Locate;
  readonly failover: Failover;
  readonly resolver: NumberRules;
  readonly locations: Locations;
  readonly domains: OwnDomains;
  readonly aliases: Aliases;
  readonly admit: Admit;
  readonly credentialsLeft: CredentialsLeft;
  /** Steps of the operator's modules. */
  readonly steps: readonly PlacedStep[];
}

/** The proxy, and what may be required of it. */
export interface ServerProxy extends Proxy {
  /** Option tags that its steps understand. */
  readonly optionTags: readonly string[];
}

/**
 * The proxy with its steps.
 *
 * @fault sentences: what is wrong with `proxy.steps`, or that the database took no key
 */
export async function composeProxy(
  parts: ProxyParts,
  config: Pick<Config, 'proxy' | 'registrar'>,
): Promise<Result<ServerProxy, string>> {
  const { layer, locate, tokens: chance } = parts;
  const routesBy = parts.steps.flatMap((step) => step.routesBy ?? []);
  const loopHash = createLoopHash(chance.token(128), routesBy);
  const userOptions = createUserOptions(parts, config.proxy);
  const steps = createSteps({ ...parts, loopHash, userOptions, numbers: parts.resolver }, config.proxy, parts.steps);
  if (!steps.ok) return fail(sentences(steps.fault));
  const secret = await sealingSecret(parts, config.proxy.flowTokenSecret);
  if (!secret.ok) return secret;
  const tokens = createFlowTokens(secret.value);
  const seal = createDialogSeal(secret.value);
  const recordRoute = createRecordRoute({
    contact: (flow) => layer.contact(flow),
    tokens,
    seal,
    flowToKeep: (incoming) => flowToKeep(incoming, config.registrar.nat),
  });
  const proxy = createProxy(
    {
      ...parts,
      counts: createProxyCounts(parts.meter),
      forwarder: parts.endpoint,
      candidates: (uri, flow, seed) => locate.candidates(uri, flow, seed),
      recordRoute,
      flowTowards: (to) => (to.kind === 'flow' ? to.flow : layer.connect(to.transport, to.peer, to.domain)),
      defects: createDefects(parts),
      loopHash,
      tokens,
      seal,
      steps: steps.value,
      isOpen: (flow) => layer.flow(flow)?.open === true,
    },
    config.proxy,
  );
  return ok({ ...userOptions.around(proxy), strays: proxy.strays, optionTags: [...optionTagsOf(steps.value)] });
}

/** What is in Record-Route and Path of calls and registrations under way has to be good after a restart too. */
async function sealingSecret(parts: ProxyParts, configured: string): Promise<Result<string, string>> {
  if (configured !== '') return ok(configured);
  const kept = await openKey(parts, proxyKeys, 'routes');
  return kept.ok ? ok(kept.value) : fail(`the database takes no changes (${kept.fault})`);
}
