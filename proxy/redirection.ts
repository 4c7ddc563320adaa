import type { Reply } from '../sip-stack/reply.ts';
import type { Target } from './call.ts';

/** 302 with the contacts of the user, best first (RFC 3261 §8.3, §21.3.3). */
export function redirection(targets: readonly Target[]): Reply {
  const contacts = [...new Map(targets.map((target) => [target.uri, target])).values()].sort((a, b) => b.q - a.q);
  return {
    status: 302,
    headers: withThousandths(contacts).map(({ uri, q }) => ['Contact', `<${uri}>;q=${String(q / 1000)}`]),
  };
}

/** What the caller prefers among equals is told by a thousandth (RFC 3841 §7.2.4): q has three digits (RFC 3261 §25.1). */
function withThousandths(sorted: readonly Target[]): readonly Target[] {
  let last = 1001;
  return sorted.map((target, at) => {
    if (at === 0 || target.q !== sorted[at - 1]?.q) last = Math.max(0, Math.min(last - 1, Math.ceil(target.q)));
    return { ...target, q: last };
  });
}
