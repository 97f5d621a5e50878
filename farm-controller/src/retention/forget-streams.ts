import type { StreamData } from '@greenrack/farm-protocol';
import { countForgotten, type Tx } from '../store/for-stages.js';

/** Kinds of streams, as their rows name them. */
const ROW_KINDS = { events: 'events', consoles: 'console', traces: 'trace' } as const;

/** Deletes the rows of these kinds of streams; their bytes are gone. */
export async function forgetStreams(
  tx: Tx,
  attempts: readonly string[],
  data: ReadonlySet<StreamData>,
): Promise<void> {
  const kinds = [...data].map((one) => ROW_KINDS[one]);
  if (kinds.length === 0) return;
  await countForgotten(tx, attempts, kinds);
  await tx
    .deleteFrom('attempt_streams')
    .where('attempt_id', 'in', attempts)
    .where('kind', 'in', kinds)
    .execute();
  if (data.has('events'))
    await tx.deleteFrom('events').where('attempt_id', 'in', attempts).execute();
}
