import { sql } from 'kysely';
import type { Migration } from '../migration.js';

/** How many runs have ended with each verdict is counted as they end, and not anew whenever somebody asks. */
export const verdictTotals: Migration = {
  version: 13,
  name: 'verdict-totals',
  statements: [
    `create table verdict_totals (
       verdict text not null, shard integer not null, n bigint not null, primary key (verdict, shard))`,
    'create index duties_dead on duties (kind) where dead = 1',
  ],
  fill: {
    table: 'submission_verdicts',
    key: 'submission_id',
    batch: async (tx, { after, upTo }) => {
      await sql`
        insert into verdict_totals (verdict, shard, n)
          select verdict, 0, sum(n) from submission_verdicts
          where submission_id > ${after} and submission_id <= ${upTo}
            and submission_id not in (
              select submission_id from runs where health_check = 1
                and submission_id > ${after} and submission_id <= ${upTo})
          group by verdict
        on conflict (verdict, shard) do update set n = verdict_totals.n + excluded.n`.execute(tx);
    },
  },
};
