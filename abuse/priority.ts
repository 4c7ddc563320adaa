import type { SipRequest } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import type { OverloadConfig } from './overload-settings.ts';

/**
 * In which order requests are refused under overload (RFC 7339 §5.10.1):
 *
 * - `emergency`: never. urn:service:sos and what is below it (RFC 5031 §4.2), the numbers configured; CANCEL, BYE and ACK
 *   too, since refusing what ends work makes more of it.
 * - `established`: only when refusing all others is not enough. Requests within a dialog; a Resource-Priority that counts.
 * - `ordinary`: first.
 */
export type Priority = 'emergency' | 'established' | 'ordinary';

export function createPriorities(
  config: Pick<OverloadConfig, 'emergencyNumbers' | 'priorityNamespaces'>,
): (request: SipRequest, isTrusted: boolean) => Priority {
  const isEmergency = createEmergencies(config);
  const namespaces = config.priorityNamespaces.map((name) => `${name.toLowerCase()}.`);

  const hasPriority = ({ headers }: SipRequest): boolean =>
    headers
      .all('resource-priority')
      .some((line) => line.split(',').some((value) => startsWithAny(value.trim().toLowerCase(), namespaces)));

  return (request, isTrusted) => {
    if (neverRefused.has(request.method) || isEmergency(request.requestUri)) return 'emergency';
    if (request.to.tag !== undefined) return 'established';
    return isTrusted && hasPriority(request) ? 'established' : 'ordinary';
  };
}

/** What ends work: to refuse it would make more. */
export const neverRefused: ReadonlySet<string> = new Set(['ACK', 'BYE', 'CANCEL']);

/** Tells emergency calls by where they go: urn:service:sos and what is below it (RFC 5031 §4.2), or a number. */
export function createEmergencies(config: Pick<OverloadConfig, 'emergencyNumbers'>): (uri: SipUri) => boolean {
  const numbers = new Set(config.emergencyNumbers);
  return ({ scheme, user, rest }) => {
    if (scheme === 'tel') return numbers.has((rest ?? '').split(';', 1)[0]?.replace(/[-.()]/g, '') ?? '');
    if (scheme === 'urn') return /^service:sos(?:\.|$)/i.test(rest ?? '');
    return user !== undefined && numbers.has(user);
  };
}

const startsWithAny = (text: string, beginnings: readonly string[]): boolean =>
  beginnings.some((beginning) => text.startsWith(beginning));
