import type { Networks } from '../net/networks.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { Gate } from '../sip-stack/gate.ts';
import { forbidden, serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Admission } from '../sip-stack/transport/admission.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import type { Bans } from './bans.ts';
import { isSpoofable, type Offences } from './offences.ts';
import type { Shedding } from './shedding.ts';
import type { SourceRate } from './source-rate.ts';
import type { UserRates } from './user-rates.ts';

/** What the access list of the operator says; AccessList of auth/ fits. */
export interface Access {
  drops(host: string): boolean;
  judge(request: SipRequest, host: string): 'allow' | 'deny' | 'drop';
}

export interface GateDeps {
  readonly bans: Pick<Bans, 'isBanned'>;
  readonly access: Access;
  readonly offences: Pick<Offences, 'commit'>;
  readonly sourceRate: SourceRate;
  readonly shedding: Pick<Shedding, 'refuse'>;
  readonly userRates: Pick<UserRates, 'hold'>;
  readonly trusts: (flow: Flow) => boolean;
  /** Networks that are never banned. */
  readonly exempt: Networks;
  /** Counts what is dropped before it is read. */
  readonly dropped: { add(): void };
}

/** Before a byte is read: the banned, and networks that the operator drops. */
export function createAdmission(
  deps: Pick<GateDeps, 'bans' | 'access' | 'dropped' | 'offences' | 'exempt'>,
): Admission {
  return {
    admits(host, port) {
      if (!deps.bans.isBanned(host, port) && !deps.access.drops(host)) return true;
      deps.dropped.add();
      return false;
    },
    onMalformed(host, port = 0) {
      deps.offences.commit(host, port, 'malformed', true);
    },
    trusts: deps.exempt,
  };
}

/** Before there is a transaction: what costs little to refuse is refused here, in the order of what it costs to find out. */
export function createGate(deps: GateDeps): Gate {
  const { bans, access, sourceRate, shedding, userRates, trusts } = deps;
  return {
    admit(request, flow) {
      const { host, port } = flow.remote;
      if (bans.isBanned(host, port)) return 'drop';
      const verdict = access.judge(request, host);
      if (verdict !== 'allow') return verdict === 'drop' ? 'drop' : forbidden();
      const refusal = shedding.refuse(request, flow) ?? userRates.hold(request, flow);
      if (refusal !== undefined) return refusal;
      if (sourceRate.isCalm || provesSomething(request)) return undefined;
      const wait = trusts(flow) ? 0 : sourceRate.wait(flow);
      if (wait === 0) return undefined;
      return sourceRate.answers(flow) ? serviceUnavailable(wait, 'Too Many Requests') : 'drop';
    },
    onFault(flow, isToldOf) {
      if (trusts(flow)) return true;
      if (bans.isBanned(flow.remote.host, flow.remote.port)) return false;
      if (!isToldOf) deps.offences.commit(flow.remote.host, flow.remote.port, 'malformed', isSpoofable(flow));
      return sourceRate.take(flow) === 0;
    },
  };
}

/** What is to be looked at though its source goes too fast: users behind the same address go on within their dialogs. */
const provesSomething = ({ headers, to }: SipRequest): boolean =>
  to.tag !== undefined || headers.has('authorization') || headers.has('proxy-authorization');
