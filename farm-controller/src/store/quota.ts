import { FarmError } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { AttemptStreamRow } from './schema.js';
import { ACTIVE, OF_PEOPLE } from './state-literals.js';
import type { Queries, Tx } from './store-database.js';

/** Refuses runs of a tenant that has as many waiting as it may have. @throws FarmError `quota_exceeded` */
export async function refuseOverRuns(
  tx: Tx,
  { tenant, runs }: { readonly tenant: string; readonly runs: number },
): Promise<void> {
  // Written, so that of submissions that come at once each sees those before it.
  const row = await tx
    .updateTable('tenants')
    .set((eb) => ({ max_queued_runs: eb.ref('max_queued_runs') }))
    .where('tenant', '=', tenant)
    .where('max_queued_runs', 'is not', null)
    .returning('max_queued_runs as max')
    .executeTakeFirst();
  const max = row?.max ?? null;
  if (max === null) return;
  const [waiting] = await waitingRuns(tx, tenant);
  const used = Number(waiting?.n ?? 0);
  if (used + runs <= max) return;
  throw overQuota(
    'runs',
    `${used} runs of tenant ${tenant} wait, and with these ${runs} they would be more than its quota of ${max}: wait until some have begun, cancel some, or have an admin raise it`,
  );
}

/** Runs of people that wait, by tenant; a submission counts its own. */
export function waitingRuns(db: Queries, tenant?: string) {
  let query = db
    .selectFrom('submissions')
    .select(['tenant', sql<number>`sum(runs_total - runs_finished - runs_running)`.as('n')])
    .where('state', '=', ACTIVE)
    .where('of_farm', '=', OF_PEOPLE)
    .groupBy('tenant');
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  return query.execute();
}

/** Refuses bytes that a tenant may not have besides those it has. @throws FarmError `quota_exceeded` */
export async function refuseOverBytes(
  db: Queries,
  tenant: string,
  { bytes, path }: { readonly bytes: number; readonly path: string },
): Promise<void> {
  const row = await db
    .selectFrom('tenants')
    .selectAll()
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  const max = row?.max_bytes ?? null;
  if (!row || max === null) return;
  const images = await db
    .selectFrom('images')
    .select((eb) => eb.fn.sum<number | null>('size_bytes').as('bytes'))
    .where('tenant', '=', tenant)
    .where('removed_ms', 'is', null)
    .executeTakeFirst();
  const used = Number(images?.bytes ?? 0) + (await uploadBytes(db, tenant)) + row.log_bytes;
  if (used + bytes <= max) return;
  throw overQuota(
    path,
    `images, unfinished uploads and logs of tenant ${tenant} have ${used} bytes, and with ${bytes} more they would be over its quota of ${max}: unpin what is not needed and wait until it has gone (greenrack storage), or have an admin raise the quota`,
  );
}

/** Bytes of the uploads of a tenant that are under way, all that they will have; one that has become an image is one. */
async function uploadBytes(db: Queries, tenant: string): Promise<number> {
  const [row] = await unfinishedUploads(db).where('tenant', '=', tenant).execute();
  return Number(row?.bytes ?? 0);
}

export function unfinishedUploads(db: Queries) {
  return db
    .selectFrom('uploads')
    .select((eb) => ['tenant', eb.fn.sum<number>('size_bytes').as('bytes')])
    .where('ended', '=', 0)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('images')
            .select('images.sha256')
            .whereRef('images.sha256', '=', 'uploads.sha256')
            .where('images.removed_ms', 'is', null),
        ),
      ),
    )
    .groupBy('tenant');
}

export type WrittenStream = Pick<AttemptStreamRow, 'attempt_id' | 'stored_bytes'>;

/** Counts streams whose rows have just been written: of several controllers one wrote each. */
export async function countStored(tx: Tx, streams: readonly WrittenStream[]): Promise<void> {
  if (streams.length === 0) return;
  const ids = [...new Set(streams.map(({ attempt_id }) => attempt_id))];
  const tenantOf = new Map(
    (
      await tx
        .selectFrom('attempts')
        .innerJoin('runs', 'runs.id', 'attempts.run_id')
        .select(['attempts.id', 'runs.tenant'])
        .where('attempts.id', 'in', ids)
        .execute()
    ).map(({ id, tenant }) => [id, tenant]),
  );
  const added = new Map<string, number>();
  for (const { attempt_id, stored_bytes } of streams) {
    const tenant = tenantOf.get(attempt_id);
    if (tenant !== undefined) added.set(tenant, (added.get(tenant) ?? 0) + (stored_bytes ?? 0));
  }
  // In one order, so that no two controllers wait for each other.
  for (const [tenant, bytes] of [...added].sort()) await addLogBytes(tx, tenant, bytes);
}

/** Counts streams that are about to be forgotten. */
export async function countForgotten(
  tx: Tx,
  attemptIds: readonly string[],
  kinds: readonly AttemptStreamRow['kind'][],
): Promise<void> {
  const sums = await tx
    .selectFrom('attempt_streams')
    .innerJoin('attempts', 'attempts.id', 'attempt_streams.attempt_id')
    .innerJoin('runs', 'runs.id', 'attempts.run_id')
    .select((eb) => ['runs.tenant', eb.fn.sum<number | null>('stored_bytes').as('bytes')])
    .where('attempt_streams.attempt_id', 'in', attemptIds)
    .where('attempt_streams.kind', 'in', kinds)
    .groupBy('runs.tenant')
    .orderBy('runs.tenant')
    .execute();
  for (const { tenant, bytes } of sums) await addLogBytes(tx, tenant, -Number(bytes ?? 0));
}

async function addLogBytes(tx: Tx, tenant: string, bytes: number): Promise<void> {
  await tx
    .insertInto('tenants')
    .values({ tenant, log_bytes: bytes, max_bytes: null, max_queued_runs: null })
    .onConflict((conflict) =>
      conflict
        .column('tenant')
        .doUpdateSet({ log_bytes: sql<number>`tenants.log_bytes + excluded.log_bytes` }),
    )
    .execute();
}

function overQuota(path: string, message: string): FarmError {
  return new FarmError('quota_exceeded', message, { fields: [{ path, message }] });
}
