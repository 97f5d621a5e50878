import { newId } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { StoreDatabase, Tx } from '../../src/store/store-database.js';
import { NOW } from './store-fixtures.js';

const CHUNK = 2_000;
const SHA = 'a'.repeat(64);

/** Finished submissions of one run each as an older controller left them; every tenth is a health check. */
export async function fillHistory(
  db: StoreDatabase,
  submissions: number,
  casesEach = 0,
): Promise<void> {
  await db.transact((tx) => insertImage(tx));
  for (let done = 0; done < submissions; done += CHUNK) {
    const part = { from: done, n: Math.min(CHUNK, submissions - done), casesEach };
    await db.transact((tx) => insertChunk(tx, part));
  }
}

/** What {@link fillHistory} put in, as the farm counts it. */
export function totalsOf(submissions: number): Record<string, number> {
  const counts = { pass: 0, fail: 0 };
  for (let i = 0; i < submissions; i++) if (!isCheck(i)) counts[verdictOf(i)]++;
  return counts;
}

const isCheck = (i: number): boolean => i % 10 === 9;
const verdictOf = (i: number): 'pass' | 'fail' => (i % 4 === 3 ? 'fail' : 'pass');

async function insertImage(tx: Tx): Promise<void> {
  const image = { sha256: SHA, size_bytes: 1, format: 'bin', segments_json: '[]', created_ms: NOW };
  await tx
    .insertInto('images')
    .values({ ...image, target_name: null } as never)
    .execute();
}

interface Part {
  readonly from: number;
  readonly n: number;
  readonly casesEach: number;
}

interface Old {
  readonly i: number;
  readonly id: string;
  readonly run: string;
  readonly attempt: string;
}

/** As text, since a million rows with parameters take longer to prepare than to write; nothing in it is foreign. */
async function insertChunk(tx: Tx, { from, n, casesEach }: Part): Promise<void> {
  const all = Array.from({ length: n }, (_, i) => ({
    ...{ i: from + i, id: newId('sub', NOW), run: newId('run', NOW), attempt: newId('att', NOW) },
  }));
  const insert = (into: string, row: (one: Old) => string) =>
    sql.raw(`insert into ${into} values ${all.map((one) => `(${row(one)})`).join()}`).execute(tx);
  await insert(
    `submissions (id, name, tenant, submitter, band, state, cancelled, runs_total, runs_finished, runs_running,
       spec_json, created_ms, finished_ms, revision)`,
    ({ id }) =>
      `'${id}', 'old', 'a', 'a', 'normal', 'finished', 0, 1, 1, 0, '{}', ${NOW}, ${NOW}, 2`,
  );
  await insert(
    'submission_verdicts (submission_id, verdict, n)',
    ({ i, id }) => `'${id}', '${verdictOf(i)}', 1`,
  );
  await insert(
    `runs (id, submission_id, ordinal, name, image_name, image_sha256, requirement_json, requirement_class, target,
       band, tenant, timeout_ms, queue_timeout_ms, queue_deadline_ms, max_attempts, state, verdict, message, attempts,
       cases_done, cancel_requested, created_ms, revision, health_check)`,
    ({ i, id, run }) =>
      `'${run}', '${id}', 0, 'r', 'a.bin', '${SHA}', '{}', 'c', 'T', 'normal', 'a', 1, 1, 1, 1,
       'finished', '${verdictOf(i)}', '', 1, 0, 0, ${NOW}, 2, ${isCheck(i) ? 1 : 0}`,
  );
  if (casesEach === 0) return;
  await insert(
    `attempts (id, run_id, number, lease_id, fence, board_serial, agent, state, abandoned, verdict, message, started_ms,
       finished_ms, acked_seq, console_bytes, cases_known, cases_done, cases_listed, assignment_json)`,
    ({ i, run, attempt }) =>
      `'${attempt}', '${run}', 1, 'l', 1, 'b1', 'a', 'finished', 0, '${verdictOf(i)}', '', ${NOW + i}, ${NOW + i + 5},
       1, 0, ${casesEach}, ${casesEach}, 1, '{}'`,
  );
  for (let n = 0; n < casesEach; n++)
    await insert(
      'cases (attempt_id, name, ordinal, verdict, duration_us, failures_json)',
      ({ i, attempt }) => `'${attempt}', 'case ${n}', ${n}, '${verdictOf(i)}', 1000, '[]'`,
    );
}
