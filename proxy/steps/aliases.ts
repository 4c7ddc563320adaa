import { aorFromStore } from '../../kernel/aor.ts';
import { limits } from '../../kernel/limits.ts';
import { loopDetected, serverError } from '../../sip-stack/refusals.ts';
import type { WireText } from '../../sip-stack/wire/message.ts';
import { parseUri } from '../../sip-stack/wire/uri.ts';
import type { Aliases } from '../aliases.ts';
import type { ProxyCall } from '../call.ts';
import type { ProxyStep } from '../step.ts';

/** Follows other names of users, one after another, to the name under which somebody registers, or away from here. */
export const createAliases = (aliases: Aliases): ProxyStep => ({
  name: 'aliases',
  doc: 'Replaces an alias in the Request-URI by what it stands for (RFC 3261 §16.5).',
  run(call) {
    // A GRUU means one device and is not sent elsewhere (RFC 5627 §6.1).
    if (call.uri.params.has('gr')) return 'next';
    for (let count = 0; count < limits.aliasesInARowMax; count += 1) {
      const text = standsFor(call, aliases);
      if (text === undefined) return 'next';
      const uri = parseUri(text);
      if (!uri.ok) return { reply: serverError('Alias Is No URI') };
      call.note(`alias of ${text}`);
      call.uri = uri.value;
    }
    return { reply: loopDetected('Aliases Go Round') };
  },
});

/** By address, and for a telephone number of ours by number too. */
function standsFor({ uri, localAor }: ProxyCall, aliases: Aliases): WireText | undefined {
  if (localAor === undefined) return uri.scheme === 'tel' ? aliases.resolve(telOf(uri.rest ?? '')) : undefined;
  const found = aliases.resolve(localAor);
  if (found !== undefined || uri.user === undefined || uri.params.get('user') !== 'phone') return found;
  return aliases.resolve(telOf(uri.user));
}

/** The canonical form of a number (RFC 3966 §5.1.1): the step `tel` has taken the separators out where there were any. */
const telOf = (number: string): ReturnType<typeof aorFromStore> => aorFromStore(`tel:${number.split(';', 1)[0] ?? ''}`);
