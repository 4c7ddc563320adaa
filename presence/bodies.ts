import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import type { PresenceDocument } from '../pidf/document.ts';
import type { PidfFault } from '../pidf/fault.ts';
import { readPidf } from '../pidf/read.ts';

/** Understands published bodies. What a PUBLISH checked is there when the change is composed a moment later. */
export interface Bodies {
  /**
   * Reads a body that is about to be published, and remembers what it says for a moment.
   *
   * @param text  the bytes, one character each (latin1), as the publication will keep them
   */
  check(text: string, bytes: Buffer): Result<PresenceDocument, PidfFault>;
  /** Reads a body that is published. */
  read(text: string): Result<PresenceDocument, PidfFault>;
}

interface Remembered {
  readonly text: string;
  readonly document: PresenceDocument;
}

/**
 * Remembers little: the bodies of one group commit or so, until there are too many. Most presentities have no watcher; a map of
 * what they published would cost each PUBLISH more than it spares, in hashing and in trees that outlive their use.
 */
export function createBodies(
  bounds: { readonly bodiesMax: number; readonly charactersMax: number } = {
    bodiesMax: limits.rememberedBodiesMax,
    charactersMax: limits.rememberedBodiesCharactersMax,
  },
): Bodies {
  let remembered: Remembered[] = [];
  let characters = 0;

  const remember = (text: string, document: PresenceDocument): void => {
    if (remembered.length >= bounds.bodiesMax || characters + text.length > bounds.charactersMax) {
      remembered = [];
      characters = 0;
    }
    remembered.push({ text, document });
    characters += text.length;
  };

  return {
    check(text, bytes) {
      const read = readPidf(bytes);
      if (read.ok) remember(text, read.value);
      return read;
    },
    read(text) {
      const known = remembered.find((one) => one.text === text);
      return known === undefined ? readPidf(Buffer.from(text, 'latin1')) : { ok: true, value: known.document };
    },
  };
}
