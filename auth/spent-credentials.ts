import { readDigestCredentials } from '../sip-stack/digest/credentials.ts';
import type { SipRequest, WireText } from '../sip-stack/wire/message.ts';
import type { Domains } from './domains.ts';

/**
 * The values of a credentials header that go on to the next hop: all but those for realms of ours, which we have judged and
 * which are nobody else's to see (RFC 3261 §22.3).
 *
 * @returns undefined when all go on as they are
 */
export function credentialsToPassOn(
  request: SipRequest,
  header: 'authorization' | 'proxy-authorization',
  domains: Pick<Domains, 'serves'>,
): readonly WireText[] | undefined {
  if (!request.headers.has(header)) return undefined;
  const values = request.headers.all(header);
  const others = values.filter((value) => {
    const read = readDigestCredentials(value);
    return !read.ok || !domains.serves(read.value.realm);
  });
  return others.length === values.length ? undefined : others;
}
