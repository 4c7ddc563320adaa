import type { Reply } from '../sip-stack/reply.ts';
import type { Target } from './call.ts';

/** 302 with the contacts of the user, best first (RFC 3261 §8.3, §21.3.3). */
export function redirection(targets: readonly Target[]): Reply {
  const contacts = [...new Map(targets.map((target) => [target.uri, target])).values()].sort((a, b) => b.q - a.q);
  return {
    status: 302,
    headers: contacts.map(({ uri, q }) => ['Contact', `<${uri}>;q=${String(q / 1000)}`]),
  };
}
