import { FINISHED, type Tx } from '../store/for-stages.js';
import type { AttemptEnding, AttemptFacts } from './event-admission.js';

/** The firmware had its say: console, wiring and the way to flash it are sound. */
const SPOKEN: ReadonlySet<string> = new Set(['pass', 'fail', 'crash', 'flaky']);

/**
 * On how many boards a run got no answer that answer other images: the latest run of another image there, the golden
 * image's among them, had its say. 0 for an attempt that ended otherwise.
 */
export async function soundBoards(
  tx: Tx,
  { attempt, ending }: { attempt: AttemptFacts; ending: AttemptEnding },
): Promise<number> {
  if (ending.verdict !== 'infra' || ending.reason !== 'syncFailed' || attempt.number === 1)
    return 0;
  const mute = await tx
    .selectFrom('attempts')
    .select('board_serial')
    .distinct()
    .where('run_id', '=', attempt.run_id)
    .where('reason', '=', 'syncFailed')
    .where('verdict', '=', 'infra')
    .execute();
  let sound = 0;
  for (const { board_serial } of mute)
    if (SPOKEN.has((await latestOther(tx, board_serial, attempt.run_id)) ?? '')) sound++;
  return sound;
}

/** Verdict of the latest run of another image on a board, as its attempts gave it. */
async function latestOther(tx: Tx, serial: string, runId: string): Promise<string | undefined> {
  const row = await tx
    .selectFrom('runs')
    .select('raw_verdict')
    .where('board_serial', '=', serial)
    .where('state', '=', FINISHED)
    .where('raw_verdict', 'not in', ['cancelled', 'blocked'])
    .where('image_sha256', '<>', (eb) =>
      eb.selectFrom('runs as own').select('own.image_sha256').where('own.id', '=', runId),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.raw_verdict ?? undefined;
}
