import type { AttemptEvent, AttemptView } from '@greenrack/farm-protocol';
import { groupedInOrder } from './bulk.js';
import type { OpenAttempt } from './ports.js';
import type { AttemptRow } from './schema.js';
import { RUNNING } from './state-literals.js';
import type { Queries } from './store-database.js';
import { attemptView, parseJson } from './views.js';

/** Attempts of these runs in the order of their numbers, by run id. */
export async function attemptViews(
  db: Queries,
  runIds: readonly string[],
): Promise<Map<string, AttemptView[]>> {
  if (runIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('run_id', 'in', runIds)
    .orderBy('number')
    .execute();
  const views = await viewsOfAttempts(db, rows);
  const runOf = new Map(rows.map((row) => [row.id, row.run_id]));
  return new Map(groupedInOrder(views, (view) => runOf.get(view.id) ?? ''));
}

/** Views with cases and metrics, in the order of `rows`. */
export async function viewsOfAttempts(
  db: Queries,
  rows: readonly AttemptRow[],
): Promise<AttemptView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const cases = await db
    .selectFrom('cases')
    .selectAll()
    .where('attempt_id', 'in', ids)
    .orderBy('ordinal')
    .execute();
  const metrics = await db
    .selectFrom('metrics')
    .selectAll()
    .where('attempt_id', 'in', ids)
    .orderBy('seq')
    .execute();
  const casesOf = new Map(groupedInOrder(cases, (row) => row.attempt_id));
  const metricsOf = new Map(groupedInOrder(metrics, (row) => row.attempt_id));
  return rows.map((row) =>
    attemptView(row, casesOf.get(row.id) ?? [], metricsOf.get(row.id) ?? []),
  );
}

/**
 * Attempts that run, with what reconciliation needs of their leases and runs. In no order: SQLite would walk all
 * attempts there ever were to get one.
 */
export function openAttempts(db: Queries) {
  return db
    .selectFrom('attempts')
    .innerJoin('leases', 'leases.id', 'attempts.lease_id')
    .innerJoin('runs', 'runs.id', 'attempts.run_id')
    .select([
      'attempts.id as attemptId',
      'attempts.run_id as runId',
      'attempts.lease_id as leaseId',
      'attempts.fence',
      'attempts.board_serial as boardSerial',
      'attempts.agent',
      'attempts.acked_seq as ackedSeq',
      'attempts.assignment_json',
      'leases.expires_ms as leaseExpiresMs',
      'runs.cancel_requested',
    ])
    .where('attempts.state', '=', RUNNING);
}

type OpenAttemptRow = Awaited<ReturnType<ReturnType<typeof openAttempts>['execute']>>[number];

/** The oldest first. */
export function openAttemptsOf(rows: readonly OpenAttemptRow[]): OpenAttempt[] {
  return rows.map(openAttempt).sort((a, b) => (a.attemptId < b.attemptId ? -1 : 1));
}

function openAttempt({ assignment_json, cancel_requested, ...same }: OpenAttemptRow): OpenAttempt {
  return {
    ...same,
    cancelRequested: cancel_requested === 1,
    assignment: parseJson(assignment_json),
  };
}

/** One page of an attempt's events, and the number of the last one that is stored. */
export async function eventPage(
  db: Queries,
  attemptId: string,
  afterSeq: number,
  limit: number,
): Promise<{ events: AttemptEvent[]; lastSeq: number }> {
  const attempt = await db
    .selectFrom('attempts')
    .select('acked_seq')
    .where('id', '=', attemptId)
    .executeTakeFirst();
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  const events = rows.map((row) => ({
    seq: row.seq,
    atUs: row.at_us,
    body: parseJson<AttemptEvent['body']>(row.body_json),
  }));
  return { events, lastSeq: attempt?.acked_seq ?? 0 };
}
