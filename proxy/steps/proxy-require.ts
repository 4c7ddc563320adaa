import { badExtension } from '../../sip-stack/refusals.ts';
import { parseTokenList } from '../../sip-stack/wire/values.ts';
import type { ProxyStep } from '../step.ts';

/**
 * Ends what demands of a proxy what none of the steps can do.
 *
 * @param understood  option tags in lower case, asked for at each request that has the header
 */
export const createProxyRequire = (understood: () => ReadonlySet<string>): ProxyStep => ({
  name: 'proxy-require',
  doc: 'Answers 420 to a Proxy-Require that names what no step understands (RFC 3261 §16.3 step 5).',
  run({ incoming: { request } }) {
    if (!request.headers.has('proxy-require')) return 'next';
    const known = understood();
    const unknown = parseTokenList(request.headers.all('proxy-require')).filter((tag) => !known.has(tag.toLowerCase()));
    return unknown.length === 0 ? 'next' : { reply: badExtension(unknown) };
  },
});
