import { parseUri, sameUri } from '../sip-stack/wire/uri.ts';
import type { AskedContact } from './asked-contact.ts';
import type { Binding } from './tables.ts';

/**
 * The binding that a contact renews, replaces or removes: of the same instance and flow where outbound holds (RFC 5626 §6),
 * else of the same URI (RFC 3261 §10.3 step 7).
 */
export function findBinding(bindings: readonly Binding[], asked: AskedContact): Binding | undefined {
  return asked.regId === null
    ? findByUri(bindings, asked)
    : bindings.find(({ instance, regId }) => regId === asked.regId && instance === asked.instance);
}

/** The binding of the same contact (RFC 3261 §19.1.4); its text is most often the same. */
function findByUri(bindings: readonly Binding[], { uri }: AskedContact): Binding | undefined {
  for (const binding of bindings) if (binding.contact === uri.text) return binding;
  return bindings.find((binding) => {
    const held = parseUri(binding.contact);
    return held.ok && sameUri(held.value, uri);
  });
}
