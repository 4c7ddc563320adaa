/** Stands between the values of a key or index of several columns; SIP text cannot hold it (RFC 3261 §25.1). */
export const keySeparator = '\u0000';

/** The values of one row's columns by name. */
export type RowValues = Readonly<Record<string, unknown>>;

/** One text for the values of a key or of an index. */
export function joinKey(parts: readonly string[]): string {
  if (parts.length === 1) return parts[0] ?? '';
  if (parts.length === 2) return `${parts[0] ?? ''}${keySeparator}${parts[1] ?? ''}`;
  return parts.join(keySeparator);
}

export const splitKey = (key: string, columns: number): readonly string[] =>
  columns === 1 ? [key] : key.split(keySeparator);

/**
 * Reads one text from the key or index columns of a row; `undefined` when one of them is null, which no question matches.
 * A separator inside a value of several would make two keys one: that is a bug of whoever let it in, and throws.
 */
export function keyReader(columns: readonly string[]): (row: object) => string | undefined {
  const [only = ''] = columns;
  if (columns.length === 1) return (row) => textOf((row as RowValues)[only]);
  return (row) => {
    let joined: string | undefined;
    for (const column of columns) {
      const value = textOf((row as RowValues)[column]);
      if (value === undefined) return undefined;
      if (value.includes(keySeparator)) throw new Error(`column ${column} holds U+0000, which no key may`);
      joined = joined === undefined ? value : joined + keySeparator + value;
    }
    return joined;
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
