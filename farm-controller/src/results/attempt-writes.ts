import { sealsOf } from '@greenrack/farm-model';
import { sql } from 'kysely';
import { chunksFor, type RunRow, type StoreDatabase, type Tx } from '../store/for-stages.js';
import { type AttemptFold, casesTotalOf } from './attempt-fold.js';
import { recordTests } from './test-identity.js';

const EVENT_COLUMNS = 4;
const CASE_COLUMNS = 7;
const METRIC_COLUMNS = 9;

/** Writes everything that the folds say of attempts: events, cases, metrics and the attempts' own rows. */
export async function writeFolds(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
  nowMs: number,
): Promise<void> {
  await insertEvents(db, tx, folds);
  await deleteVoidCases(tx, folds);
  await recordTests(db, tx, folds, nowMs);
  await upsertCases(db, tx, folds);
  await insertMetrics(db, tx, folds);
  for (const fold of folds) await updateAttempt(tx, fold, nowMs);
}

async function insertEvents(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
): Promise<void> {
  const rows = folds.flatMap(({ admission: { attempt, events } }) =>
    events.map((event) => ({
      attempt_id: attempt.id,
      seq: event.seq,
      at_us: event.atUs,
      body_json: JSON.stringify(event.body),
    })),
  );
  for (const chunk of chunksFor(rows, EVENT_COLUMNS, db.dialect.maxParameters))
    await tx.insertInto('events').values(chunk).execute();
}

async function deleteVoidCases(tx: Tx, folds: readonly AttemptFold[]): Promise<void> {
  const ids = folds.filter((fold) => fold.startedOver).map((fold) => fold.admission.attempt.id);
  if (ids.length > 0) await tx.deleteFrom('cases').where('attempt_id', 'in', ids).execute();
}

async function upsertCases(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
): Promise<void> {
  const rows = folds.flatMap((fold) =>
    [...fold.changedCases].flatMap((name) => fold.cases.get(name) ?? []),
  );
  for (const chunk of chunksFor(rows, CASE_COLUMNS, db.dialect.maxParameters))
    await tx
      .insertInto('cases')
      .values(chunk)
      .onConflict((oc) =>
        oc.columns(['attempt_id', 'name']).doUpdateSet((eb) => ({
          verdict: eb.ref('excluded.verdict'),
          duration_us: eb.ref('excluded.duration_us'),
          failures_json: eb.ref('excluded.failures_json'),
        })),
      )
      .execute();
}

async function insertMetrics(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
): Promise<void> {
  const rows = folds.flatMap((fold) => fold.metrics);
  for (const chunk of chunksFor(rows, METRIC_COLUMNS, db.dialect.maxParameters))
    await tx.insertInto('metrics').values(chunk).execute();
}

async function updateAttempt(tx: Tx, fold: AttemptFold, nowMs: number): Promise<void> {
  const { end } = fold;
  await tx
    .updateTable('attempts')
    .set({
      acked_seq: fold.admission.ackedSeq,
      cases_known: fold.casesKnown,
      cases_done: fold.casesDone,
      cases_listed: fold.casesListed ? 1 : 0,
      // The first crash block is the evidence; what the board prints after it is a consequence.
      ...(fold.crashJson === null
        ? {}
        : { crash_json: sql`coalesce(crash_json, ${fold.crashJson})` }),
      ...(end && {
        state: 'finished',
        verdict: end.verdict,
        reason: end.reason,
        message: end.message,
        finished_ms: nowMs,
        console_bytes: sealsOf(end).find(({ name }) => name === 'console')?.bytes ?? 0,
      }),
    })
    .where('id', '=', fold.admission.attempt.id)
    .execute();
}

/** Brings the case counters of a run that goes on up to date; undefined when the events changed nothing of it. */
export async function updateRunProgress(tx: Tx, fold: AttemptFold): Promise<RunRow | undefined> {
  const { attempt } = fold.admission;
  const before = attempt.cases_listed === 1 ? attempt.cases_known : null;
  const total = casesTotalOf(fold);
  if (fold.casesDone === attempt.cases_done && total === before) return undefined;
  return tx
    .updateTable('runs')
    .set({ cases_done: fold.casesDone, cases_total: total, revision: sql`revision + 1` })
    .where('id', '=', attempt.run_id)
    .returningAll()
    .executeTakeFirst();
}
