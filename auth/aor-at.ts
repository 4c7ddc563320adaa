import type { Aor } from '../kernel/aor.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import { noParams } from '../sip-stack/wire/params.ts';

const noHeaders: ReadonlyMap<string, string> = new Map();

/** The canonical AOR of a user at a domain; `user` without escapes. */
export const aorAt = (user: WireText | undefined, domain: string): Aor =>
  canonicalAor({
    scheme: 'sip',
    user,
    password: undefined,
    host: domain,
    port: undefined,
    params: noParams,
    headers: noHeaders,
    rest: undefined,
    text: '',
  });

/** The domain of an AOR. */
export const aorDomain = (aor: Aor): string => aor.slice(aor.lastIndexOf('@') + 1);
