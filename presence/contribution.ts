import type { PresenceDocument } from '../pidf/document.ts';

/** What one source says of a presentity: a publication today; a registration, a call or hard state later. */
export interface Contribution {
  /** Names the source for as long as it lives; secret, so it never reaches a document as it is. */
  readonly id: string;
  /** When the source began; orders contributions by age. */
  readonly createdAt: number;
  /** When the source last said something else (a refresh is no change). */
  readonly changedAt: number;
  /** Length of what the source sent. */
  readonly publishedBytes: number;
  readonly document: PresenceDocument;
}
