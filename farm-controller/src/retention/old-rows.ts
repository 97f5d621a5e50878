import type { RetentionPolicy } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { Tx } from '../store/for-stages.js';
import { endOf } from './policy.js';
import { isNoRelease } from './removable.js';

/** Rows that one statement deletes. */
export const ROWS = 1_000;

/** Deletes idempotency keys made before a time. Answers how many, as the others here do. */
export async function deleteKeys(tx: Tx, beforeMs: number): Promise<number> {
  const { numAffectedRows } =
    await sql`delete from idempotency_keys where (tenant, request_key) in (
    select tenant, request_key from idempotency_keys
    where created_ms < ${beforeMs} limit ${ROWS})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** Deletes who did what before a time. */
export async function deleteActs(tx: Tx, beforeMs: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from audit where id in (
    select id from audit where at_ms < ${beforeMs} limit ${ROWS})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** Deletes what became of boards; their present state is the last of their history. */
export async function deleteHistory(
  tx: Tx,
  { keep }: RetentionPolicy,
  nowMs: number,
): Promise<number> {
  const untilMs = endOf(keep.transitions, nowMs);
  if (untilMs === undefined) return 0;
  const { numAffectedRows } = await sql`delete from board_transitions where (serial, seq) in (
    select t.serial, t.seq from board_transitions t join boards b on b.serial = t.serial
    where t.at_ms < ${untilMs} and t.seq < b.transitions limit ${ROWS})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** Deletes points of series but for those of releases; the series say since when they have all. */
export async function deletePoints(
  tx: Tx,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<number> {
  const untilMs = endOf(policy.keep.points, nowMs);
  if (untilMs === undefined) return 0;
  const { rows } = await sql<{ series_id: string }>`
    delete from points where (series_id, attempt_id) in (
      select p.series_id, p.attempt_id from points p
      where p.at_ms < ${untilMs} and ${isNoRelease(policy, sql.ref('p.ref'))} limit ${ROWS})
    returning series_id`.execute(tx);
  const series = [...new Set(rows.map(({ series_id }) => series_id))].sort();
  if (series.length > 0)
    await tx
      .updateTable('series')
      .set({ points_from_ms: untilMs })
      .where('id', 'in', series)
      .execute();
  return rows.length;
}

/** Deletes commits at GitHub with what is known of their checks, but for those of open pull requests. */
export async function deleteHeads(tx: Tx, beforeMs: number): Promise<number> {
  const old = await tx
    .selectFrom('github_heads')
    .select('id')
    .where('received_ms', '<', beforeMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('github_wants')
            .select('head_id')
            .whereRef('head_id', '=', 'github_heads.id')
            .where('gone', '=', 0)
            .where('reason', 'like', 'pull/%'),
        ),
      ),
    )
    .limit(ROWS)
    .execute();
  const ids = old.map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const table of ['github_checks', 'github_wants'] as const)
    await tx.deleteFrom(table).where('head_id', 'in', ids).execute();
  await tx.deleteFrom('github_heads').where('id', 'in', ids).execute();
  return ids.length;
}
