import type { ChangeMetricRow, ChangeRow, Tx } from '../store/for-stages.js';
import type { Ends } from './change-ends.js';
import type { EndedStep } from './change-outcome.js';
import { changeAt, joined, worseOf } from './change-writer.js';
import { isExact } from './step-judge.js';

/*
 * Metrics are one change when they moved at the same build. What the runs of a change deny of one of its metrics is
 * looked for where the search has seen that metric move: as a change of its own, with runs of its own.
 */

/** After runs that confirm: what did not move between these images although another one did. */
export async function splitElsewhere(
  tx: Tx,
  { change, asked, judgement }: EndedStep,
  nowMs: number,
): Promise<void> {
  for (const metric of asked) {
    const { series_id, good_sha256, bad_sha256 } = metric;
    if (judgement.metrics.get(series_id)?.outcome !== 'refuted') continue;
    if (good_sha256 === change.good_sha256 && bad_sha256 === change.bad_sha256) continue;
    const good_sha = await commitOf(tx, metric, { ref: change.ref, imageSha256: good_sha256 });
    const bad_sha = await commitOf(tx, metric, { ref: change.ref, imageSha256: bad_sha256 });
    await split(tx, change, { metric, good_sha256, good_sha, bad_sha256, bad_sha, nowMs });
  }
}

/**
 * After runs that bisect: an exact metric that says of the image in the middle what the best one denies has moved on its
 * other side. One that has noise would need many more runs to say so: it is shown again where the first bad build is known.
 */
export async function splitBisected(
  tx: Tx,
  { change, step, metrics, asked, judgement }: EndedStep,
  nowMs: number,
): Promise<void> {
  const middle = { sha256: step.bad_sha256, sha: step.bad_sha };
  const { good_sha256, good_sha, bad_sha256, bad_sha } = change;
  for (const metric of asked) {
    const said = judgement.metrics.get(metric.series_id)?.outcome ?? judgement.outcome;
    if (said === judgement.outcome) continue;
    const ends =
      said === 'confirmed'
        ? { good_sha256, good_sha, bad_sha256: middle.sha256, bad_sha: middle.sha }
        : { good_sha256: middle.sha256, good_sha: middle.sha, bad_sha256, bad_sha };
    await split(tx, change, { metric, ...ends, nowMs });
  }
  const best = asked[0]?.series_id;
  for (const metric of metrics) {
    if (isExact(metric) || metric.outcome !== 'confirmed' || metric.series_id === best) continue;
    await tx
      .updateTable('change_metrics')
      .set({ outcome: null })
      .where('change_id', '=', change.id)
      .where('series_id', '=', metric.series_id)
      .execute();
  }
}

interface Moved extends Ends {
  readonly metric: ChangeMetricRow;
  readonly nowMs: number;
}

/** Makes a change of its own of a metric that has moved elsewhere. */
export async function split(
  tx: Tx,
  change: ChangeRow,
  { metric, nowMs, ...ends }: Moved,
): Promise<void> {
  const { effect, series_id } = metric;
  const shift = { ...ends, effect, nearby: [ends.bad_sha256], not: change.id };
  const other = await changeAt(tx, change, shift, nowMs);
  const ofIt = tx.deleteFrom('change_metrics').where('change_id', '=', change.id);
  await ofIt.where('series_id', '=', series_id).execute();
  await tx
    .insertInto('change_metrics')
    .values({ ...metric, change_id: other.id, outcome: null, shift: null })
    .onConflict((oc) => oc.doNothing())
    .execute();
  await joined(tx, other, { effect, nowMs });
  await tx
    .updateTable('changes')
    .set({ effect: await effectOf(tx, change.id) })
    .where('id', '=', change.id)
    .execute();
}

/** The worst of what is left. */
async function effectOf(tx: Tx, id: string): Promise<ChangeRow['effect']> {
  const query = tx.selectFrom('change_metrics').select('effect').where('change_id', '=', id);
  const effects = (await query.execute()).map(({ effect }) => effect);
  return effects.reduce(worseOf, 'improvement');
}

async function commitOf(
  tx: Tx,
  { series_id }: ChangeMetricRow,
  { ref, imageSha256 }: { ref: string; imageSha256: string },
): Promise<string | null> {
  const row = await tx
    .selectFrom('points')
    .select('sha')
    .where('series_id', '=', series_id)
    .where('ref', '=', ref)
    .where('image_sha256', '=', imageSha256)
    .orderBy('attempt_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.sha ?? null;
}
