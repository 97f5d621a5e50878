import { sql } from 'kysely';
import type { Fill, FillProgress } from './migration.js';
import type { Tx } from './store-database.js';

/** Answers whether it begins now; otherwise an earlier start began it, and it goes on where that was. */
export async function beginFill(tx: Tx, version: number, fill: Fill): Promise<boolean> {
  await sql`create table if not exists schema_fills (
    version integer primary key, position text not null, rows_done bigint not null, rows_total bigint not null)`.execute(
    tx,
  );
  const begun = tx.selectFrom('schema_fills').select('version').where('version', '=', version);
  if (await begun.executeTakeFirst()) return false;
  const { n } = await firstRow<{ n: number }>(
    tx,
    sql`select count(*) as n from ${sql.table(fill.table)}`,
  );
  const row = { version, position: '', rows_done: 0, rows_total: Number(n) };
  await tx.insertInto('schema_fills').values(row).execute();
  return true;
}

/** Does the next `rows` rows, or a few more. Answers how far it is then; undefined when nothing was left. */
export async function fillBatch(
  tx: Tx,
  version: number,
  fill: Fill,
  rows: number,
): Promise<Omit<FillProgress, 'migration'> | undefined> {
  const at = tx.selectFrom('schema_fills').selectAll().where('version', '=', version);
  const { position: after, rows_done, rows_total } = await at.executeTakeFirstOrThrow();
  const key = sql.ref(fill.key);
  const { last, n } = await firstRow<{ last: string | null; n: number }>(
    tx,
    sql`select max(k) as last, count(*) as n from (
      select ${key} as k from ${sql.table(fill.table)} where ${key} > ${after} order by ${key} limit ${rows}) as batch`,
  );
  if (last === null) {
    await tx.deleteFrom('schema_fills').where('version', '=', version).execute();
    return undefined;
  }
  await fill.batch(tx, { after, upTo: last });
  const done = Number(rows_done) + Number(n);
  await tx
    .updateTable('schema_fills')
    .set({ position: last, rows_done: done })
    .where('version', '=', version)
    .execute();
  return { rowsDone: done, rowsTotal: Number(rows_total) };
}

async function firstRow<T>(tx: Tx, query: ReturnType<typeof sql>): Promise<T> {
  const { rows } = await query.execute(tx);
  return rows[0] as T;
}
