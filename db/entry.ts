/** Stands in `Entry.bucket` for "in no expiry bucket". */
export const noBucket = -1;

/**
 * The place of one row in memory: maps, index buckets and expiry buckets hold it, so that a row that is replaced by its next
 * version moves nothing. A class, because there is one per row and its fixed shape is small.
 */
export class Entry {
  /** The newest version; `undefined` once the row is deleted. */
  row: object | undefined;
  readonly key: string;
  /** Rises with each insertion: the order of `scan`. */
  readonly order: number;
  /** The second whose expiry bucket holds this entry, at or before the second in which the row expires. */
  bucket: number;
  constructor(key: string, row: object, order: number) {
    this.row = row;
    this.key = key;
    this.order = order;
    this.bucket = noBucket;
  }
}
