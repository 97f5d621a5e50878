import { FarmError } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { FillProgress, Migration } from './migration.js';
import { beginFill, fillBatch } from './migration-fill.js';
import type { StoreDatabase, Tx } from './store-database.js';

/** How often somebody who waits for a long migration hears of it. */
const TELL_EVERY_MS = 1000;
/** A second's work at most, on a slow disk too. */
const BATCH_ROWS = 10_000;

export interface MigrateOptions {
  readonly nowMs: number;
  /** Hears about once a second how far a fill is. */
  readonly onProgress?: ((progress: FillProgress) => void) | undefined;
  /** Rows of one batch of a fill. */
  readonly batchRows?: number;
}

/**
 * Brings the database to the newest of `migrations`, one after the other: each step is a transaction, and each batch of
 * a step's fill another. Killed in between, the next start goes on there. A second controller that starts at the same
 * time takes turns with the first.
 * @throws FarmError `invalid_configuration` when a newer controller has already changed the database
 */
export async function migrate(
  db: StoreDatabase,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<void> {
  const known = migrations.at(-1)?.version ?? 0;
  const applied = await underLock(db, (_tx, version) => Promise.resolve(version));
  refuseNewerDatabase(applied, known);
  for (const step of migrations) if (step.version > applied) await apply(db, step, options);
}

async function apply(db: StoreDatabase, step: Migration, options: MigrateOptions): Promise<void> {
  await underLock(db, async (tx, version) => {
    if (version >= step.version) return;
    if (step.fill && !(await beginFill(tx, step.version, step.fill))) return;
    for (const statement of step.statements) await sql.raw(statement).execute(tx);
    if (!step.fill) await finish(tx, step, options.nowMs);
  });
  if (step.fill) await fillAll(db, step, options);
}

async function fillAll(
  db: StoreDatabase,
  step: Migration,
  { nowMs, onProgress, batchRows = BATCH_ROWS }: MigrateOptions,
): Promise<void> {
  for (let toldMs = 0, more = true; more; ) {
    const done = await underLock(db, async (tx, version) => {
      // Another controller may have done the rest.
      if (!step.fill || version >= step.version) return undefined;
      const batch = await fillBatch(tx, step.version, step.fill, batchRows);
      if (!batch) await finish(tx, step, nowMs);
      return batch;
    });
    more = done !== undefined;
    if (!done || Date.now() - toldMs < TELL_EVERY_MS) continue;
    toldMs = Date.now();
    onProgress?.({ migration: step.name, ...done });
  }
}

/** Runs `work` while no other controller changes the tables; it is told how far they are. */
function underLock<T>(
  db: StoreDatabase,
  work: (tx: Tx, version: number) => Promise<T>,
): Promise<T> {
  return db.transact(async (tx) => {
    await db.dialect.lockForMigration(tx);
    return await work(tx, await appliedVersion(tx));
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

async function finish(tx: Tx, step: Migration, nowMs: number): Promise<void> {
  const row = { version: step.version, name: step.name, applied_ms: nowMs };
  await tx.insertInto('schema_migrations').values(row).execute();
}
