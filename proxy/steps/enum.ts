import type { Meter } from '../../kernel/meter.ts';
import { NumberLookup } from '../enum/lookup.ts';
import { wantedBy } from '../enum/services.ts';
import type { ProxyCall } from '../call.ts';
import type { Locations } from '../locations.ts';
import type { NumberRules } from '../number-rules.ts';
import type { ProxyStep, StepVerdict } from '../step.ts';
import type { StepsConfig } from './settings.ts';

export interface EnumDeps {
  readonly numbers: NumberRules;
  readonly locations: Pick<Locations, 'has'>;
  readonly meter: Meter;
}

/** Looks up a number that belongs to nobody here, and goes on with the URI it has in DNS. */
export function createEnum(
  { numbers, locations, meter }: EnumDeps,
  config: Pick<StepsConfig, 'enumSuffixes' | 'enumForAnyone'>,
): ProxyStep {
  const count = (outcome: string): (() => void) => {
    const counter = meter.counter('pharos_proxy_enum_total', 'Numbers looked up by ENUM (RFC 6116)', { outcome });
    return () => counter.add();
  };
  const countFound = count('found');
  const countMissing = count('missing');

  const lookUp = async (call: ProxyCall, number: string): Promise<StepVerdict> => {
    const { method } = call.incoming.request;
    const lookup = new NumberLookup(numbers, number, wantedBy(method), call.uri.scheme === 'sips');
    for (const suffix of config.enumSuffixes) {
      const uri = await lookup.in(suffix.toLowerCase());
      if (uri === undefined) continue;
      countFound();
      call.note(`ENUM ${number} in ${suffix}: ${uri.text}`);
      call.uri = uri;
      return 'next';
    }
    countMissing();
    call.note(`ENUM ${number}: ${lookup.fault}`);
    return 'next';
  };

  return {
    name: 'enum',
    doc: 'Replaces a telephone number that belongs to nobody here by its URI in DNS (RFC 6116).',
    run(call) {
      if (config.enumSuffixes.length === 0) return 'next';
      const number = numberOf(call);
      if (number === undefined || call.route.length > 0) return 'next';
      if (call.identity.kind === 'anonymous' && !config.enumForAnyone) return 'next';
      if (call.localAor !== undefined && locations.has(call.localAor)) return 'next';
      return lookUp(call, number);
    },
  };
}

/** Global numbers alone (RFC 6116 §3.7): of tel URIs, and of SIP URIs of ours that say `user=phone`. */
function numberOf({ uri, localAor }: ProxyCall): string | undefined {
  const text = uri.scheme === 'tel' ? uri.rest?.split(';', 1)[0] : localAor === undefined ? undefined : phoneOf(uri);
  const digits = text?.replace(/[().-]/g, '') ?? '';
  return /^\+\d{1,15}$/.test(digits) ? digits : undefined;
}

const phoneOf = ({ user, params }: ProxyCall['uri']): string | undefined =>
  params.get('user')?.toLowerCase() === 'phone' ? user?.split(';', 1)[0] : undefined;
