import { createBans } from '../../../abuse/bans.ts';
import { createOffences } from '../../../abuse/offences.ts';
import { createSenderWatch } from '../../../abuse/sender-watch.ts';
import { type AbuseConfig, abuseSection } from '../../../abuse/settings.ts';
import { createSourceRate } from '../../../abuse/source-rate.ts';
import { createSource } from '../../../abuse/sources.ts';
import { abuseTables } from '../../../abuse/tables.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import type { LogFields } from '../../../kernel/log.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { networksOf } from '../../../net/networks.ts';
import type { Flow } from '../../../sip-stack/flow.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { fakeFlow, type IncomingParts, incomingRequest } from '../../support/sip-incoming.ts';

/** All of abuse/ but the overload, over a memory store, with alice as the only user. */
export function createAbuseBed(config: Partial<AbuseConfig> = {}) {
  const full: AbuseConfig = { ...defaultsOf(abuseSection), ...config };
  const time = createFakeTime();
  const { clock } = time;
  const store = createMemoryStore({ tables: abuseTables });
  const meter = createMeter();
  const lines: { readonly event: string; readonly fields: LogFields }[] = [];
  const note = (event: string, fields: LogFields = {}): void => {
    lines.push({ event, fields });
  };
  const log = { ...silentLog, info: note, warn: note };
  const source = createSource();
  const exempt = networksOf(full.neverBanned);
  const unlimited = networksOf(full.unlimited);
  const deps = { clock, store, meter, log, source, exempt, unlimited };
  const bans = createBans(deps);
  const offences = createOffences({ ...deps, bans }, full);
  const sourceRate = createSourceRate({ ...deps, offences }, full);
  const isUser = (uri: { readonly user: string | undefined; readonly host: string }): boolean | undefined =>
    uri.host !== 'example.com' || uri.user === undefined ? undefined : uri.user === 'alice';
  const watch = createSenderWatch({ ...deps, sourceRate, offences, isUser }, full);
  const request = (parts: Partial<IncomingParts> = {}) =>
    incomingRequest({
      method: 'REGISTER',
      uri: 'sip:example.com',
      from: 'sip:alice@example.com',
      ...parts,
      now: clock.now(),
    });
  return {
    config: full,
    time,
    store,
    deps,
    meter,
    lines,
    bans,
    offences,
    sourceRate,
    watch,
    request,
    from: (host: string, parts: Partial<IncomingParts> = {}) => request({ ...parts, flow: fakeFlow(host) }),
    isBanned: (host: string, port = 5060): boolean => bans.isBanned(host, port),
    figure: (name: string, label?: string): number =>
      meter
        .samples()
        .find((one) => one.name === name && (label === undefined || Object.values(one.labels).includes(label)))
        ?.value ?? Number.NaN,
  };
}

/** A connection, whose source cannot be forged. */
export const connectionFrom = (host: string, port = 40_000): Flow => {
  const flow = fakeFlow(host, port);
  return { ...flow, transport: { ...flow.transport, viaToken: 'TCP', uriParam: 'tcp', reliable: true } };
};
