import { badExtension } from '../refusals.ts';
import type { Refusal } from '../reply.ts';
import type { SipRequest } from '../wire/message.ts';
import { parseTokenList } from '../wire/values.ts';

/**
 * 420 that names what was required and is not understood (RFC 3261 §8.2.2.3). Proxy-Require is asked after Require: the
 * server is also the proxy that the request came through (RFC 3261 §16.3 step 5).
 * `COMPAT(pidgin, 2.x)`: its `Proxy-Require: ms-benotify` is refused like any other, and it then does without.
 */
export function refuseRequirement(request: SipRequest, understood: ReadonlySet<string>): Refusal | undefined {
  return refuseTags(request, 'require', understood) ?? refuseTags(request, 'proxy-require', understood);
}

function refuseTags(
  request: SipRequest,
  header: 'require' | 'proxy-require',
  understood: ReadonlySet<string>,
): Refusal | undefined {
  if (!request.headers.has(header)) return undefined;
  const unknown = parseTokenList(request.headers.all(header)).filter((tag) => !understood.has(tag.toLowerCase()));
  return unknown.length > 0 ? badExtension(unknown) : undefined;
}
