import type { Contribution } from './contribution.ts';

/**
 * Gives out occurrence identifiers, which must be unique in a document (RFC 4479 §3.5). Every device of some clients uses the
 * same ones (COMPAT(baresip, 1.0): t4109, p4159), so the source's name decides, never the identifier: the oldest source
 * keeps what it wrote, a younger one gets a suffix made from its own name, the same each time.
 */
export interface OccurrenceIds {
  /** The identifier to write for the one that `source` wrote. */
  claim(source: Contribution, written: string): string;
}

export function createOccurrenceIds(): OccurrenceIds {
  const taken = new Set<string>();
  /** How often each suffixed identifier was needed: one publication may write the same identifier a thousand times. */
  const attempts = new Map<string, number>();
  return {
    claim(source, written) {
      let id = written;
      while (taken.has(id)) {
        const suffixed = `${written}-${nameHash(source.id)}`;
        const attempt = (attempts.get(suffixed) ?? 0) + 1;
        attempts.set(suffixed, attempt);
        id = attempt === 1 ? suffixed : `${suffixed}-${String(attempt)}`;
      }
      taken.add(id);
      return id;
    },
  };
}

/** FNV-1a of a source's name: short, steady, fit for an xs:ID, and no way back to the name, which is secret. */
function nameHash(name: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
