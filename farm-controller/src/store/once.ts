import { FarmError } from '@greenrack/farm-protocol';
import type { OnceRequest } from './ports.js';
import type { Queries, Tx } from './store-database.js';

/**
 * Notes, in the transaction that makes `reference`, by which request it is made. Answers what an earlier request with
 * that key has made: then nothing is to be made.
 * @throws FarmError `conflict` when the earlier one asked for something else
 */
export async function claimOnce(
  tx: Tx,
  request: OnceRequest,
  { reference, nowMs }: { readonly reference: string; readonly nowMs: number },
): Promise<string | undefined> {
  const { tenant, key: request_key, digest } = request;
  const inserted = await tx
    .insertInto('idempotency_keys')
    .values({ tenant, request_key, digest, reference, created_ms: nowMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'request_key']).doNothing())
    .returning('reference')
    .executeTakeFirst();
  return inserted ? undefined : await madeBefore(tx, request);
}

/**
 * What a request with that key has made; undefined when there was none.
 * @throws FarmError `conflict` when it asked for something else
 */
export async function madeBefore(
  db: Queries,
  { tenant, key, digest }: OnceRequest,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['digest', 'reference'])
    .where('tenant', '=', tenant)
    .where('request_key', '=', key)
    .executeTakeFirst();
  if (!row || row.digest === digest) return row?.reference;
  const message = `Idempotency-Key: '${key}' came with another request, which made ${row.reference}: take a new key for each request`;
  throw new FarmError('conflict', message);
}
