import {
  type ChangeMetricRow,
  type ChangeRow,
  putDuty,
  type Queries,
  stableId,
  type Tx,
} from '../store/for-stages.js';
import type { Candidate } from './change-candidates.js';

/** Changes of one series that a new one is compared with, the latest. */
const MAX_KNOWN = 50;
/** A metric that moves with these is part of them. */
const OPEN = ['detected', 'verified', 'assigned'] as const;

export type KnownChange = ChangeMetricRow & Pick<ChangeRow, 'state'>;

/** Changes of a series on a branch, the latest first. */
export function knownChanges(
  db: Queries,
  { seriesId, ref }: { seriesId: string; ref: string },
): Promise<KnownChange[]> {
  return db
    .selectFrom('change_metrics')
    .innerJoin('changes', 'changes.id', 'change_metrics.change_id')
    .selectAll('change_metrics')
    .select('changes.state')
    .where('change_metrics.series_id', '=', seriesId)
    .where('changes.ref', '=', ref)
    .orderBy('changes.found_ms', 'desc')
    .limit(MAX_KNOWN)
    .execute();
}

/** Writes down a change: as a new one, or as one more metric of one that is there. Whoever confirms it is called. */
export async function recordChange(
  tx: Tx,
  candidate: Candidate,
  known: readonly KnownChange[],
  nowMs: number,
): Promise<void> {
  const change = (await openChange(tx, candidate)) ?? (await insertChange(tx, candidate, nowMs));
  const inserted = await tx
    .insertInto('change_metrics')
    .values(metricRow(change.id, candidate))
    .onConflict((oc) => oc.doNothing())
    .returning('change_id')
    .executeTakeFirst();
  if (!inserted) return;
  const worse = worseOf(change.effect, candidate.effect);
  const again = change.state === 'refuted' ? ({ state: 'detected', work: 'confirm' } as const) : {};
  await tx
    .updateTable('changes')
    .set({ effect: worse, changed_ms: nowMs, ...again, ...(await linked(tx, candidate, known)) })
    .where('id', '=', change.id)
    .execute();
  await putDuty(tx, { kind: 'pursueChange', subject: change.id, dueMs: nowMs }, nowMs);
}

type Found = Pick<ChangeRow, 'id' | 'effect' | 'state'>;

function openChange(tx: Tx, candidate: Candidate): Promise<Found | undefined> {
  const { series, ref } = candidate.watched;
  return tx
    .selectFrom('changes')
    .select(['id', 'effect', 'state'])
    .where('image_name', '=', series.image_name)
    .where('target', '=', series.target)
    .where('board_serial', '=', series.board_serial)
    .where('tenant', '=', series.tenant)
    .where('repository', 'is not distinct from', series.repository)
    .where('ref', '=', ref)
    .where('state', 'in', OPEN)
    .where('bad_sha256', 'in', candidate.nearby)
    .orderBy('found_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Under the id that this image always has here: of several controllers one writes it. */
async function insertChange(tx: Tx, candidate: Candidate, nowMs: number): Promise<Found> {
  const row = newChange(candidate, nowMs);
  await tx
    .insertInto('changes')
    .values(row)
    .onConflict((oc) => oc.doNothing())
    .execute();
  const query = tx.selectFrom('changes').select(['id', 'effect', 'state']);
  return query.where('id', '=', row.id).executeTakeFirstOrThrow();
}

function newChange({ watched, effect, good, bad }: Candidate, nowMs: number): ChangeRow {
  const { series, ref, points } = watched;
  const { tenant, repository, target, image_name, board_serial } = series;
  const place = [tenant, repository ?? '', ref, target, image_name, board_serial];
  const commitOf = (sha256: string) =>
    points.findLast(({ image_sha256 }) => image_sha256 === sha256)?.sha ?? null;
  return {
    id: stableId('chg', [...place, bad.imageSha256]),
    ...{ tenant, repository, ref, target, image_name, board_serial, effect },
    ...{ state: 'detected', work: 'confirm', waiting: 0, missing: null, exact: 0 },
    ...{ good_sha256: good.imageSha256, good_sha: commitOf(good.imageSha256) },
    ...{ bad_sha256: bad.imageSha256, bad_sha: commitOf(bad.imageSha256) },
    ...{ assignee: null, reason: null, actor: null, undoes: null, returns: null },
    ...{ found_ms: nowMs, changed_ms: nowMs },
  };
}

function metricRow(change_id: string, candidate: Candidate): ChangeMetricRow {
  const { watched, kind, effect, before, after, p, good, bad } = candidate;
  return {
    ...{ change_id, series_id: watched.series.id, kind, effect },
    ...{ before_value: before, after_value: after, p, outcome: null, shift: null },
    ...{ good_sha256: good.imageSha256, bad_sha256: bad.imageSha256 },
  };
}

const EFFECTS = ['improvement', 'change', 'regression'] as const;
const worseOf = (a: ChangeRow['effect'], b: ChangeRow['effect']) =>
  EFFECTS[Math.max(EFFECTS.indexOf(a), EFFECTS.indexOf(b))] ?? a;

/** An earlier change that this one undoes, which counts as fixed then, or brings back. */
async function linked(
  tx: Tx,
  { before, after }: Candidate,
  known: readonly KnownChange[],
): Promise<Partial<ChangeRow>> {
  const isNear = (value: number, one: KnownChange) =>
    Math.abs(value - after) <= Math.abs(one.after_value - one.before_value) / 2;
  const goes = (one: KnownChange) => Math.sign(one.after_value - one.before_value);
  const direction = Math.sign(after - before);
  const back = known.find(
    (one) =>
      ['verified', 'assigned'].includes(one.state) &&
      one.effect !== 'improvement' &&
      goes(one) === -direction &&
      isNear(one.before_value, one),
  );
  if (back) {
    const earlier = tx.updateTable('changes').set({ state: 'fixed' });
    await earlier.where('id', '=', back.change_id).execute();
    return { undoes: back.change_id };
  }
  const again = known.find(
    (one) =>
      ['fixed', 'verifiedFixed'].includes(one.state) &&
      goes(one) === direction &&
      isNear(one.after_value, one),
  );
  return again ? { returns: again.change_id } : {};
}
