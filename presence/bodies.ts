import { limits } from '../kernel/limits.ts';
import type { Result } from '../kernel/result.ts';
import type { PresenceDocument } from '../pidf/document.ts';
import type { PidfFault } from '../pidf/fault.ts';
import { readPidf } from '../pidf/read.ts';

/** Understands published bodies, each once: what a PUBLISH checked is there when the change is composed a moment later. */
export interface Bodies {
  /** @param text  the bytes, one character each (latin1), as the publication keeps them */
  read(text: string, bytes?: Buffer): Result<PresenceDocument, PidfFault>;
}

/** Remembers in two generations: when the younger one is full it becomes the older, and the older is forgotten. */
export function createBodies(charactersMax: number = limits.rememberedBodiesCharactersMax): Bodies {
  let young = new Map<string, PresenceDocument>();
  let old = young;
  let characters = 0;

  const remember = (text: string, document: PresenceDocument): void => {
    if (characters + text.length > charactersMax / 2) {
      old = young;
      young = new Map();
      characters = 0;
    }
    young.set(text, document);
    characters += text.length;
  };

  return {
    read(text, bytes) {
      const known = young.get(text) ?? old.get(text);
      if (known !== undefined) return { ok: true, value: known };
      const read = readPidf(bytes ?? Buffer.from(text, 'latin1'));
      if (read.ok) remember(text, read.value);
      return read;
    },
  };
}
