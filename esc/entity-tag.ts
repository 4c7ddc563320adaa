import type { Brand } from '../kernel/brand.ts';
import type { Tokens } from '../kernel/clock.ts';
import type { Publication } from './tables.ts';

/** Names one version of one publication: `<id>.<version>` (RFC 3903 §8). */
export type EntityTag = Brand<string, 'EntityTag'>;

/** An id that cannot be guessed: who knows the tag may change the publication. Never made from anything the peer sent. */
export const mintPublicationId = (tokens: Tokens): string => tokens.token(96);

/** The tag that counts now. Each version has another, so no tag comes twice (RFC 3903 §6 step 6). */
export const entityTagOf = ({ id, tagVersion }: Pick<Publication, 'id' | 'tagVersion'>): EntityTag =>
  `${id}.${String(tagVersion)}` as EntityTag;

/** The id in what may be a tag of ours; of anything else comes an id that no publication has. */
export const publicationIdIn = (tag: string): string => tag.slice(0, Math.max(0, tag.lastIndexOf('.')));
