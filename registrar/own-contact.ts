import { forbidden } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { parseUri, sameUri } from '../sip-stack/wire/uri.ts';
import type { Store } from '../db/store.ts';
import type { AskedContact } from './asked-contact.ts';
import type { Gruus } from './gruu.ts';
import { gruusTable } from './tables.ts';

/**
 * 403 for the contact of a device that leads back to the address-of-record it is registered for: the AOR itself or one of
 * its GRUUs, and for what is no SIP URI (RFC 5627 §5.1). Contacts without instance are not asked.
 */
export function refuseOwnContact(
  { store, gruus }: { readonly store: Store; readonly gruus: Gruus },
  aor: string,
  contacts: readonly AskedContact[],
): Refusal | undefined {
  for (const { uri, instance, expires } of contacts) {
    if (instance === null || expires === 0) continue;
    if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return forbidden('Contact Is No SIP URI');
    if (!aor.endsWith(`@${uri.host}`)) continue;
    // A public GRUU is equivalent to its AOR (RFC 5627 §5.4).
    const own = parseUri(aor);
    if (own.ok && sameUri(own.value, uri)) return forbidden('Contact Is The Address-Of-Record');
    const named = gruus.read(uri);
    if (named?.kind !== 'temporary') continue;
    const rows = store.scan(gruusTable, 'bySerial', [named.serial]);
    if (rows.some((row) => row.aor === aor)) return forbidden('Contact Is A GRUU');
  }
  return undefined;
}
