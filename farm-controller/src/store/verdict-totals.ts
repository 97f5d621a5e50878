import type { Verdict } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { groupedInOrder } from './bulk.js';
import type { Queries, Tx } from './store-database.js';

/** Rows per verdict: transactions that finish runs of different submissions seldom wait for each other's. */
const SHARDS = 16;

/** A run that moved. */
interface Move {
  readonly submissionId: string;
  readonly verdict?: Verdict;
  readonly healthCheck: boolean;
}

/**
 * Counts the runs that finished in the transaction: the totals of the farm are read often, and its history is long.
 * Health checks say something of boards and nothing of anybody's code, so they are left out.
 */
export async function addTotals(tx: Tx, moves: readonly Move[]): Promise<void> {
  const counted = moves.flatMap(({ submissionId, verdict, healthCheck }) =>
    verdict === undefined || healthCheck ? [] : [{ verdict, shard: shardOf(submissionId) }],
  );
  // In one order, as everybody's: transactions that count the same rows wait, and do not lock each other out.
  const rows = groupedInOrder(counted, ({ verdict, shard }) => `${verdict} ${shard}`).flatMap(
    ([, group]) => group.slice(0, 1).map((first) => ({ ...first, n: group.length })),
  );
  if (rows.length === 0) return;
  await tx
    .insertInto('verdict_totals')
    .values(rows)
    .onConflict((oc) =>
      oc.columns(['verdict', 'shard']).doUpdateSet({ n: sql`verdict_totals.n + excluded.n` }),
    )
    .execute();
}

/** How many runs have ever finished, by verdict. */
export async function verdictTotals(db: Queries): Promise<ReadonlyMap<Verdict, number>> {
  const rows = await db
    .selectFrom('verdict_totals')
    .select((eb) => ['verdict', eb.fn.sum<number | string>('n').as('n')])
    .groupBy('verdict')
    .execute();
  return new Map(rows.map(({ verdict, n }) => [verdict, Number(n)]));
}

/** The ids are random enough in their last characters. */
function shardOf(submissionId: string): number {
  let sum = 0;
  for (const char of submissionId.slice(-4)) sum += char.charCodeAt(0);
  return sum % SHARDS;
}
