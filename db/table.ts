/** A column: its SQL type, whether it may be absent, and (by the type parameter) what a row holds in it. */
export interface Column<Value> {
  readonly sqlType: 'TEXT' | 'INTEGER' | 'REAL' | 'BLOB';
  readonly nullable: boolean;
  /** Never set: carries the type. */
  readonly valueType?: Value;
}

export const text = (): Column<string> => ({ sqlType: 'TEXT', nullable: false });
export const textOrNull = (): Column<string | null> => ({ sqlType: 'TEXT', nullable: true });
/** A whole number, at most 2^53. */
export const integer = (): Column<number> => ({ sqlType: 'INTEGER', nullable: false });
export const integerOrNull = (): Column<number | null> => ({ sqlType: 'INTEGER', nullable: true });

type Columns = Readonly<Record<string, Column<unknown>>>;
type ValueOf<C> = C extends Column<infer Value> ? Value : never;

/** The row of a table as a value; immutable. */
export type RowOf<T> = T extends Table<infer Row> ? Row : never;

/**
 * A table as data. Domains declare their tables with this and write no SQL; db/migrations has the same table as real SQL,
 * and a test holds the two against each other.
 */
export interface Table<Row> {
  readonly name: string;
  readonly columns: { readonly [K in keyof Row]: Column<Row[K]> };
  /** The columns of the primary key, all TEXT. */
  readonly key: readonly (keyof Row & string)[];
  /** Named secondary indexes: the columns, all TEXT, whose values `scan` asks for. */
  readonly indexes: Readonly<Record<string, readonly (keyof Row & string)[]>>;
  /** The INTEGER column that holds the Instant at which a row expires; swept by `Store.expired`. */
  readonly expiry: (keyof Row & string) | undefined;
}

export function table<C extends Columns>(
  name: string,
  definition: {
    readonly columns: C;
    readonly key: readonly (keyof C & string)[];
    readonly indexes?: Readonly<Record<string, readonly (keyof C & string)[]>>;
    readonly expiry?: keyof C & string;
  },
): Table<{ readonly [K in keyof C]: ValueOf<C[K]> }> {
  return {
    name,
    columns: definition.columns as unknown as { readonly [K in keyof C]: Column<ValueOf<C[K]>> },
    key: definition.key,
    indexes: definition.indexes ?? {},
    expiry: definition.expiry,
  };
}

/** Any table, when the type of its rows does not matter: what backends and lists of tables take. */
export interface AnyTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column<unknown>>>;
  readonly key: readonly string[];
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  readonly expiry: string | undefined;
}
