import type { RowLayout } from '../row-layout.ts';
import type { Connection } from './sqlite-connection.ts';

/** The layouts that the journal of this database knows, by number. */
export type Layouts = Map<number, RowLayout>;

export function readLayouts(connection: Connection): Layouts {
  const rows = connection.prepare('SELECT id, layout FROM journal_layouts').all() as { id: number; layout: string }[];
  return new Map(rows.map(({ id, layout }) => [id, JSON.parse(layout) as RowLayout]));
}

/** The numbers of `wanted`, in order; those that the journal has not seen yet are told to it first. */
export function registerLayouts(connection: Connection, layouts: Layouts, wanted: readonly RowLayout[]): number[] {
  const insert = connection.prepare('INSERT INTO journal_layouts (layout) VALUES (?) ON CONFLICT DO NOTHING');
  const find = connection.prepare('SELECT id FROM journal_layouts WHERE layout = ?').raw();
  return wanted.map((layout) => {
    const text = JSON.stringify(layout);
    insert.run(text);
    const id = Number((find.get(text) as unknown[])[0]);
    layouts.set(id, layout);
    return id;
  });
}
