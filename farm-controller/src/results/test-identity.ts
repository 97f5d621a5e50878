import {
  chunksFor,
  groupedInOrder,
  type StoreDatabase,
  type TestKey,
  type Tx,
  testIdOf,
} from '../store/for-stages.js';
import type { AttemptFold } from './attempt-fold.js';
import type { AttemptFacts } from './event-admission.js';

const TEST_COLUMNS = 5;

/** Tests of these cases, and of the images whose attempts end: rows that are not there yet are written. */
export async function recordTests(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
  nowMs: number,
): Promise<void> {
  const keys = folds.flatMap(({ admission: { attempt }, newCases }) =>
    [...newCases].map((name) => keyOf(attempt, name)),
  );
  await insertTests(db, tx, keys, nowMs);
}

/** Has the ended attempts count as results of their images. Health checks are the farm's own. */
export async function nameTests(
  db: StoreDatabase,
  tx: Tx,
  attempts: readonly AttemptFacts[],
  nowMs: number,
): Promise<void> {
  const counted = attempts.filter(({ health_check }) => health_check === 0);
  await insertTests(
    db,
    tx,
    counted.map((attempt) => keyOf(attempt, '')),
    nowMs,
  );
  for (const [test_id, group] of groupedInOrder(counted, (one) => testIdOf(keyOf(one, ''))))
    await tx
      .updateTable('attempts')
      .set({ test_id })
      .where(
        'id',
        'in',
        group.map(({ id }) => id),
      )
      .execute();
}

/** The test that a case of this attempt is a result of; none when the farm does it for itself. */
export function testOfCase(attempt: AttemptFacts, caseName: string): string | null {
  return attempt.health_check === 1 ? null : testIdOf(keyOf(attempt, caseName));
}

function keyOf({ target, image_name }: AttemptFacts, case_name: string): TestKey {
  return { target, image_name, case_name };
}

/** Writes the tests that are not known yet, in the order of their ids: two transactions never wait for each other. */
export async function insertTests(
  db: StoreDatabase,
  tx: Tx,
  keys: readonly TestKey[],
  nowMs: number,
): Promise<void> {
  const byId = new Map(keys.map((key) => [testIdOf(key), key]));
  const rows = [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, key]) => ({ id, ...key, first_ms: nowMs }));
  for (const chunk of chunksFor(rows, TEST_COLUMNS, db.dialect.maxParameters))
    await tx
      .insertInto('tests')
      .values(chunk)
      .onConflict((oc) => oc.doNothing())
      .execute();
}
