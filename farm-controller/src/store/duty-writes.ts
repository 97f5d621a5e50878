import { newId } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { DutyKind, NewDuty } from './duty-ports.js';
import type { Tx } from './store-database.js';

/** Transactions after which somebody has to look. */
export const WROTE_DUTY = new WeakSet<Tx>();

/**
 * Writes a duty, in the transaction that makes it due. When it exists it is due at the earlier of both times and gets
 * its tries anew; a try that is under way does not end it.
 */
export async function putDuty(
  tx: Tx,
  { kind, subject, dueMs }: NewDuty,
  nowMs: number,
): Promise<void> {
  WROTE_DUTY.add(tx);
  await tx
    .insertInto('duties')
    .values({
      id: newId('dty', nowMs),
      ...{ kind, subject, due_ms: dueMs, owner: null, owner_until_ms: null },
      ...{ tries: 0, last_error: null, dead: 0, revision: 1, created_ms: nowMs },
    })
    .onConflict((conflict) =>
      conflict.columns(['kind', 'subject']).doUpdateSet({
        due_ms: sql`case when duties.dead = 0 and duties.due_ms < excluded.due_ms then duties.due_ms else excluded.due_ms end`,
        tries: 0,
        dead: 0,
        revision: sql`duties.revision + 1`,
      }),
    )
    .execute();
}

/** The next step of a board's health check is due. */
export function putExamination(tx: Tx, serial: string, nowMs: number): Promise<void> {
  return putDuty(tx, { kind: 'examineBoard', subject: serial, dueMs: nowMs }, nowMs);
}

/** There is nothing to do any more for these subjects. */
export async function dropDuties(
  tx: Tx,
  kind: DutyKind,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  await tx.deleteFrom('duties').where('kind', '=', kind).where('subject', 'in', subjects).execute();
}
