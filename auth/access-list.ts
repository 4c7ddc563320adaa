import { limits } from '../kernel/limits.ts';
import { addressBytes, inNetwork } from '../net/cidr.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import { type AccessRule, parseAccessRule } from './access-rule.ts';

/** Who may send what, by ordered rules of the operator: the first that fits decides; without one it is allowed. */
export interface AccessList {
  /** Whether nothing from this address is to be read at all: decided by rules on networks alone. */
  drops(host: string): boolean;
  judge(request: SipRequest, host: string): AccessRule['verdict'];
}

/** @param config read at each question: a change of `accessRules` holds at once */
export function createAccessList(config: { readonly accessRules: readonly string[] }): AccessList {
  let written: readonly string[] = [];
  let rules: readonly AccessRule[] = [];
  /** The rules that may fit an address, by address: most are none (limits.peersRememberedMax). */
  let byHost = new Map<string, readonly AccessRule[]>();

  const rulesFor = (host: string): readonly AccessRule[] => {
    const known = byHost.get(host);
    if (known !== undefined) return known;
    const address = addressBytes(host);
    const fitting = rules.filter(
      ({ network }) => network === undefined || (address !== undefined && inNetwork(address, network)),
    );
    if (byHost.size >= limits.peersRememberedMax) byHost.clear();
    byHost.set(host, fitting);
    return fitting;
  };

  const current = (): boolean => {
    if (config.accessRules !== written) {
      written = config.accessRules;
      rules = written.flatMap((text) => {
        const rule = parseAccessRule(text);
        return rule.ok ? [rule.value] : [];
      });
      byHost = new Map();
    }
    return rules.length > 0;
  };

  return {
    drops(host) {
      if (!current()) return false;
      const first = rulesFor(host)[0];
      return first?.verdict === 'drop' && isForAll(first);
    },
    judge(request, host) {
      if (!current()) return 'allow';
      return rulesFor(host).find((rule) => fits(rule, request))?.verdict ?? 'allow';
    },
  };
}

/** Whether a rule that fits the address fits every request. */
const isForAll = (rule: AccessRule): boolean =>
  rule.domain === undefined && rule.user === undefined && rule.method === undefined;

function fits(rule: AccessRule, request: SipRequest): boolean {
  if (rule.method !== undefined && rule.method !== request.method) return false;
  const { uri } = request.from;
  if (rule.domain !== undefined && rule.domain !== uri.host) return false;
  return rule.user === undefined || rule.user === `${uri.user ?? ''}@${uri.host}`;
}
