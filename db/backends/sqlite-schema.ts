import type { AnyTable } from '../table.ts';
import type { Connection } from './sqlite-connection.ts';
import { quote } from './sqlite-fold.ts';

/** One row of SQLite's `table_info`. */
interface SqlColumn {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  /** Place in the primary key, from 1; 0 outside. */
  readonly pk: number;
}

/**
 * Holds a declared table against the SQL table of its name.
 *
 * @returns a sentence for each difference; what the two agree on is what makes rows safe to load and to fold
 */
export function schemaFaults(connection: Connection, table: AnyTable): readonly string[] {
  const sql = connection.prepare(`PRAGMA table_info(${quote(table.name)})`).all() as SqlColumn[];
  if (sql.length === 0) return [`table ${table.name} is declared, but no migration makes it`];
  const faults = declarationFaults(table);
  for (const [name, column] of Object.entries(table.columns)) {
    const found = sql.find((one) => one.name === name);
    if (found === undefined) {
      faults.push(`column ${table.name}.${name} is declared, but no migration makes it`);
      continue;
    }
    if (found.type !== column.sqlType)
      faults.push(`column ${table.name}.${name} is ${column.sqlType} declared and ${found.type} in SQL`);
    const nullable = found.notnull === 0;
    if (nullable !== column.nullable) {
      faults.push(
        `column ${table.name}.${name} ${column.nullable ? 'may' : 'may not'} be null as declared, in SQL it ${nullable ? 'may' : 'may not'}`,
      );
    }
  }
  for (const { name } of sql) {
    if (!(name in table.columns)) faults.push(`column ${table.name}.${name} is in SQL, but not declared`);
  }
  const key = sql.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk);
  if (key.map((column) => column.name).join() !== table.key.join()) {
    faults.push(
      `the primary key of ${table.name} is (${table.key.join()}) declared and (${key.map((one) => one.name).join()}) in SQL`,
    );
  }
  return faults;
}

function declarationFaults(table: AnyTable): string[] {
  const faults: string[] = [];
  const columnOf = (name: string): string | undefined => table.columns[name]?.sqlType;
  if (table.key.length === 0) faults.push(`table ${table.name} is declared without a key`);
  for (const name of [...table.key, ...Object.values(table.indexes).flat()]) {
    if (columnOf(name) !== 'TEXT')
      faults.push(`column ${table.name}.${name} is part of a key or index and must be TEXT`);
  }
  if (table.expiry !== undefined && columnOf(table.expiry) !== 'INTEGER') {
    faults.push(`column ${table.name}.${table.expiry} holds the expiry and must be INTEGER`);
  }
  for (const [name, column] of Object.entries(table.columns)) {
    if (column.sqlType === 'BLOB')
      faults.push(`column ${table.name}.${name} is a BLOB, which the journal does not carry: use TEXT in latin1`);
  }
  return faults;
}
