import { fail, ok, type Result } from '../kernel/result.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';

/** One line of the access list: all conditions there are must hold. */
export interface AccessRule {
  readonly verdict: 'allow' | 'deny' | 'drop';
  readonly network?: Cidr;
  /** Host of From, in lower case. */
  readonly domain?: string;
  /** `user@host` of From, the host in lower case. */
  readonly user?: string;
  readonly method?: string;
}

type Conditions = { -readonly [Name in keyof AccessRule]?: AccessRule[Name] };

/** Reads `deny network=203.0.113.0/24 method=INVITE`. */
export function parseAccessRule(text: string): Result<AccessRule, string> {
  const [verdict = '', ...words] = text.trim().split(/\s+/);
  if (verdict !== 'allow' && verdict !== 'deny' && verdict !== 'drop') {
    return fail('does not begin with allow, deny or drop');
  }
  const conditions: Conditions = {};
  for (const word of words) {
    const fault = addCondition(conditions, word);
    if (fault !== undefined) return fail(fault);
  }
  return ok({ ...conditions, verdict });
}

/** For the setting: what is wrong with a rule. */
export const faultOfRule = (text: string): string | undefined => {
  const rule = parseAccessRule(text);
  return rule.ok ? undefined : rule.fault;
};

function addCondition(conditions: Conditions, word: string): string | undefined {
  const equals = word.indexOf('=');
  const name = word.slice(0, Math.max(0, equals));
  const value = word.slice(equals + 1);
  if (value === '') return `has the condition ${word} without a value`;
  switch (name) {
    case 'network': {
      const network = parseCidr(value);
      if (network === undefined) return `has ${value}, which is no address or network`;
      conditions.network = network;
      return undefined;
    }
    case 'domain':
      conditions.domain = value.toLowerCase();
      return undefined;
    case 'user': {
      const at = value.lastIndexOf('@');
      if (at < 1) return `has the user ${value}, which is not written like alice@example.org`;
      conditions.user = value.slice(0, at) + value.slice(at).toLowerCase();
      return undefined;
    }
    case 'method':
      conditions.method = value.toUpperCase();
      return undefined;
    default:
      return `has ${word}, which is none of network=, domain=, user=, method=`;
  }
}
