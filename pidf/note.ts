/** Text for people (RFC 3863 §4.1.6, RFC 4479 §3.2). */
export interface Note {
  readonly text: string;
  /** Value of xml:lang. */
  readonly language: string | undefined;
}
