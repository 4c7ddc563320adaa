import { limits } from '../../kernel/limits.ts';
import type { SipUri } from '../../sip-stack/wire/uri.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import type { NumberRule, NumberRules } from '../number-rules.ts';
import type { Wanted } from './services.ts';
import { offers } from './services.ts';
import { substitute } from './substitution.ts';

/** The domain of a number in a tree: its digits in reverse, each a label (RFC 6116 §3.2). */
export const domainOf = (number: string, suffix: string): string =>
  `${Array.from(number.slice(1)).reverse().join('.')}.${suffix}`;

/**
 * Finds the URI of a number (RFC 6116 §3). A class: the walk from domain to domain shares its bounds.
 */
export class NumberLookup {
  private readonly rules: NumberRules;
  private readonly number: string;
  private readonly wanted: Wanted;
  private readonly secure: boolean;
  private questions = 0;
  private rulesTried = 0;
  /** The last thing that was wrong with a rule, for the trace. */
  fault = 'no rule for the number';

  /**
   * @param number `+` and digits
   * @param secure whether only a sips URI will do: the caller asked for one (RFC 5630 §5.3)
   */
  constructor(rules: NumberRules, number: string, wanted: Wanted, secure: boolean) {
    this.rules = rules;
    this.number = number;
    this.wanted = wanted;
    this.secure = secure;
  }

  async in(suffix: string): Promise<SipUri | undefined> {
    return this.at(domainOf(this.number, suffix), []);
  }

  /** @param visited the domains that led here */
  private async at(domain: string, visited: readonly string[]): Promise<SipUri | undefined> {
    if (visited.includes(domain) || visited.length > limits.enumDomainsDeepMax) {
      // A rule that leads in a circle is passed over, and its domain not asked (RFC 6116 §5.2.1).
      this.fault = 'the rules go round';
      return undefined;
    }
    if (this.questions >= limits.enumQuestionsMax) return undefined;
    this.questions += 1;
    const found = await this.rules.naptr(domain);
    if (!found.ok) {
      this.fault = found.fault;
      return undefined;
    }
    // By order, then preference; equal ones as the server gave them (RFC 6116 §5.2).
    const sorted = [...found.value].sort((one, other) => one.order - other.order || one.preference - other.preference);
    for (const rule of sorted) {
      // One that cannot be used does not end the query (RFC 6116 §5.2).
      const uri = isTerminal(rule) ? this.uriBy(rule) : await this.beyond(rule, [...visited, domain]);
      if (uri !== undefined) return uri;
    }
    return undefined;
  }

  /** An empty flags field leads on to the domain of the replacement, whatever the other fields say (RFC 6116 §5.2.1). */
  private async beyond(rule: NumberRule, visited: readonly string[]): Promise<SipUri | undefined> {
    return rule.flags === '' && rule.replacement !== '' ? this.at(rule.replacement, visited) : undefined;
  }

  private uriBy(rule: NumberRule): SipUri | undefined {
    if (!offers(rule.services, this.wanted) || this.rulesTried >= limits.enumRulesMax) return undefined;
    this.rulesTried += 1;
    const text = substitute(rule.regexp, this.number);
    if (!text.ok) {
      this.fault = text.fault;
      return undefined;
    }
    const uri = parseUri(asSip(text.value));
    if (uri.ok && (uri.value.scheme === 'sips' || (uri.value.scheme === 'sip' && !this.secure))) return uri.value;
    this.fault = uri.ok ? `not a way for this request: a ${uri.value.scheme} URI` : uri.fault;
    return undefined;
  }
}

/** The flag "u": the result is a URI (RFC 6116 §3.4.2). One with a flag that is not known is passed over. */
const isTerminal = ({ flags }: NumberRule): boolean => flags.toLowerCase() === 'u';

/** We reach pres and im URIs by SIP: the same user of the same domain (RFC 3859 §3.1 and RFC 3860 §3.1 leave the protocol open). */
const asSip = (text: string): string => text.replace(/^(?:pres|im):([^?]*).*$/i, 'sip:$1');
