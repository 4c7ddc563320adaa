import { serverError } from '../../sip-stack/refusals.ts';
import { headerSafe } from '../../sip-stack/wire/text.ts';
import { parseTokenList } from '../../sip-stack/wire/values.ts';
import type { ProxyCall } from '../call.ts';
import type { ProxyStep } from '../step.ts';
import type { Audience } from './audience.ts';
import { privacyOf } from './privacy-values.ts';

/** Told of the sender by his user agent, and essential to nothing (RFC 3323 §5.3). */
const informational = ['subject', 'call-info', 'organization', 'user-agent', 'reply-to', 'in-reply-to'] as const;

/**
 * The privacy service of a proxy: `id` is the step `identity`'s work; of `user` the informational headers can be taken away;
 * what needs a back-to-back user agent (`header`, `session`, a new From) cannot be done here (RFC 3323 §5).
 */
export const createPrivacy = (audience: (call: ProxyCall) => Audience): ProxyStep => ({
  name: 'privacy',
  doc: 'Gives the privacy asked for as far as a proxy can, and answers 500 when it is critical and cannot be given (RFC 3323 §5).',
  understands: ['privacy'],
  run(call) {
    const { request } = call.incoming;
    if (!request.headers.has('privacy')) return 'next';
    const values = privacyOf(request);
    // Nothing may be done, and the header stays (RFC 3323 §5).
    if (values.includes('none')) return 'next';
    const wanted = values.filter((value) => value !== 'critical');
    const undone = wanted.filter((value) => value !== 'id');
    if (values.includes('critical') && undone.length > 0) {
      return { reply: serverError(headerSafe(`Privacy Failure: ${undone.join(' ').slice(0, 100)}`)) };
    }
    if (undone.includes('user')) {
      for (const name of informational) if (request.headers.has(name)) call.edits.remove(name);
    }
    // Within the trust domain others have yet to keep it.
    if (wanted.includes('id') && audience(call) !== 'trusted') tellDone(call, values, undone);
    return 'next';
  },
});

/** What has been done is struck off, so that no other service does it again (RFC 3323 §5). */
function tellDone(
  { incoming: { request }, edits }: ProxyCall,
  values: readonly string[],
  undone: readonly string[],
): void {
  if (undone.length > 0) {
    edits.replace('Privacy', [values.filter((value) => value !== 'id').join(';')]);
    return;
  }
  edits.remove('privacy');
  if (!request.headers.has('proxy-require')) return;
  const tags = parseTokenList(request.headers.all('proxy-require'));
  const others = tags.filter((tag) => tag.toLowerCase() !== 'privacy');
  if (others.length === 0) edits.remove('proxy-require');
  else if (others.length < tags.length) edits.replace('Proxy-Require', [others.join(', ')]);
}
