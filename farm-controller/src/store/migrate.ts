import { FarmError } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { StoreDatabase, Tx } from './store-database.js';

/** One step forward. There is no way back: a mistake is corrected by the next step. */
export interface Migration {
  /** 1, 2, 3… without gaps. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Brings the database to the newest of `migrations`, in one transaction: it has all of them or is as it was. A second
 * controller that starts at the same time waits for the first and then finds nothing to do.
 * @throws FarmError `invalid_configuration` when a newer controller has already changed the database
 */
export async function migrate(
  db: StoreDatabase,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<void> {
  await db.transact(async (tx) => {
    await db.dialect.lockForMigration(tx);
    const applied = await appliedVersion(tx);
    refuseNewerDatabase(applied, migrations.at(-1)?.version ?? 0);
    for (const step of migrations) if (step.version > applied) await apply(tx, step, nowMs);
  });
}

async function appliedVersion(tx: Tx): Promise<number> {
  const create = `create table if not exists schema_migrations (
    version integer primary key, name text not null, applied_ms bigint not null)`;
  await sql.raw(create).execute(tx);
  const last = await tx
    .selectFrom('schema_migrations')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  return last?.version ?? 0;
}

function refuseNewerDatabase(applied: number, known: number): void {
  if (applied <= known) return;
  throw new FarmError(
    'invalid_configuration',
    `the database is at schema version ${applied}, this controller knows ${known}: start a newer controller, or restore the backup from before the update`,
  );
}

async function apply(tx: Tx, step: Migration, nowMs: number): Promise<void> {
  for (const statement of step.statements) await sql.raw(statement).execute(tx);
  const row = { version: step.version, name: step.name, applied_ms: nowMs };
  await tx.insertInto('schema_migrations').values(row).execute();
}
