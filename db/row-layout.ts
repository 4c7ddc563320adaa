import type { AnyTable } from './table.ts';

/** Value of one column, as the journal and SQL hold it. */
export type ColumnValue = string | number | null;

/** How the rows of a table lie in the journal: its columns in declared order, told once per database under a number. */
export interface RowLayout {
  readonly name: string;
  readonly columns: readonly string[];
  /** For each column, whether it holds text. */
  readonly textual: readonly boolean[];
  readonly key: readonly string[];
}

export const layoutOf = (table: AnyTable): RowLayout => ({
  name: table.name,
  columns: Object.keys(table.columns),
  textual: Object.values(table.columns).map((column) => column.sqlType === 'TEXT'),
  key: table.key,
});
