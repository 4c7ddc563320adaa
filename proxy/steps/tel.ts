import { parseUri, type SipUri } from '../../sip-stack/wire/uri.ts';
import type { OwnDomains } from '../own-domains.ts';
import type { ProxyStep } from '../step.ts';

/**
 * Writes telephone numbers in one way: `sip:+15551234@our.domain;user=phone`, without visual separators, so that aliases,
 * ENUM and the registrar find them.
 */
export const createTel = (domains: OwnDomains): ProxyStep => ({
  name: 'tel',
  doc: 'Makes tel URIs and numbers with visual separators into one canonical SIP URI of ours (RFC 3966 §5.1.1, RFC 3261 §19.1.6).',
  run(call) {
    const text = call.uri.scheme === 'tel' ? ofTel(call.uri.rest ?? '', domains) : ofPhone(call.uri, domains);
    const uri = text === undefined ? undefined : parseUri(text);
    if (uri?.ok === true) call.uri = uri.value;
    return 'next';
  },
});

const number = /^\+?[0-9a-fA-F*#().-]+$/;
const separators = /[().-]/g;

/**
 * A global number becomes one of our main domain. A local one has a context (RFC 3966 §5.1.5): a domain of ours, or the prefix
 * that makes it global. Any other stays what it is.
 */
function ofTel(rest: string, domains: OwnDomains): string | undefined {
  const [written = '', ...params] = rest.split(';');
  if (!number.test(written)) return undefined;
  const digits = written.replace(separators, '');
  if (digits.startsWith('+')) return phoneAt(digits, domains.primary);
  const context = params.find((param) => /^phone-context=/i.test(param))?.slice('phone-context='.length) ?? '';
  if (context.startsWith('+') && number.test(context)) {
    return phoneAt(context.replace(separators, '') + digits, domains.primary);
  }
  return domains.serves(context) ? phoneAt(digits, context) : undefined;
}

const phoneAt = (digits: string, domain: string): string => `sip:${digits.replaceAll('#', '%23')}@${domain};user=phone`;

/** A number in a domain of ours whose visual separators are to go; others are right as they are. */
function ofPhone(uri: SipUri, domains: OwnDomains): string | undefined {
  const { user } = uri;
  if (user === undefined || uri.params.get('user')?.toLowerCase() !== 'phone') return undefined;
  if (!number.test(user) || user.search(separators) < 0 || domains.domainOf(uri) === undefined) return undefined;
  return uri.text.replace(/:[^@]*@/, `:${user.replace(separators, '').replaceAll('#', '%23')}@`);
}
