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
/** What people or later builds have settled. */
const SETTLED: ReadonlySet<ChangeRow['state']> = new Set([
  'accepted',
  'fixed',
  'verifiedFixed',
  'returned',
]);

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
  const { series, ref } = candidate.watched;
  const change = await changeAt(tx, { ...series, ref }, shiftOf(candidate), nowMs);
  const inserted = await tx
    .insertInto('change_metrics')
    .values(metricRow(change.id, candidate))
    .onConflict((oc) => oc.doNothing())
    .returning('change_id')
    .executeTakeFirst();
  if (!inserted) return;
  await joined(tx, change, { effect: candidate.effect, nowMs });
  const links = await linked(tx, candidate, known);
  if (links) await tx.updateTable('changes').set(links).where('id', '=', change.id).execute();
}

/** Where a change is: the same image on the same branch, on one board. */
export type ChangePlace = Pick<
  ChangeRow,
  'tenant' | 'repository' | 'ref' | 'target' | 'image_name' | 'board_serial'
>;

/** A shift between two images. */
export interface Shift
  extends Pick<ChangeRow, 'effect' | 'good_sha256' | 'good_sha' | 'bad_sha256' | 'bad_sha'> {
  /** Images whose open change is this one. */
  readonly nearby: readonly string[];
  /** A change that this one is not. */
  readonly not?: string;
}

export type FoundChange = Pick<ChangeRow, 'id' | 'effect' | 'state' | 'work'>;
const FOUND = ['id', 'effect', 'state', 'work'] as const;

/** The change to which a shift belongs: one that is open, or a new one. */
export async function changeAt(
  tx: Tx,
  place: ChangePlace,
  shift: Shift,
  nowMs: number,
): Promise<FoundChange> {
  return (await openChange(tx, place, shift)) ?? (await insertChange(tx, place, shift, nowMs));
}

/** A metric more is shown by runs like the others, before or after what is under way. */
export async function joined(
  tx: Tx,
  change: FoundChange,
  { effect, nowMs }: { effect: ChangeRow['effect']; nowMs: number },
): Promise<void> {
  const again = change.state === 'refuted' ? ({ state: 'detected', work: 'confirm' } as const) : {};
  const more = change.work === 'done' ? ({ work: 'confirm' } as const) : {};
  await tx
    .updateTable('changes')
    .set({ effect: worseOf(change.effect, effect), changed_ms: nowMs, ...more, ...again })
    .where('id', '=', change.id)
    .execute();
  await putDuty(tx, { kind: 'pursueChange', subject: change.id, dueMs: nowMs }, nowMs);
}

function openChange(
  tx: Tx,
  place: ChangePlace,
  { nearby, not = '' }: Shift,
): Promise<FoundChange | undefined> {
  return tx
    .selectFrom('changes')
    .select(FOUND)
    .where('image_name', '=', place.image_name)
    .where('target', '=', place.target)
    .where('board_serial', '=', place.board_serial)
    .where('tenant', '=', place.tenant)
    .where('repository', 'is not distinct from', place.repository)
    .where('ref', '=', place.ref)
    .where('state', 'in', OPEN)
    .where('bad_sha256', 'in', nearby)
    .where('id', '!=', not)
    .orderBy('found_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Under the id that this image always has here: of several controllers one writes it. What is settled there stays so: the
 * next change of that image has another id.
 */
async function insertChange(
  tx: Tx,
  place: ChangePlace,
  shift: Shift,
  nowMs: number,
): Promise<FoundChange> {
  const { tenant, repository, ref, target, image_name, board_serial } = place;
  const parts = [tenant, repository ?? '', ref, target, image_name, board_serial];
  let id = stableId('chg', [...parts, shift.bad_sha256]);
  for (;;) {
    const row = newChange(place, shift, { id, nowMs });
    const insert = tx.insertInto('changes').values(row);
    await insert.onConflict((oc) => oc.doNothing()).execute();
    const query = tx.selectFrom('changes').select(FOUND).where('id', '=', id);
    const found = await query.executeTakeFirstOrThrow();
    if (id !== shift.not && !SETTLED.has(found.state)) return found;
    id = stableId('chg', [id]);
  }
}

function newChange(
  place: ChangePlace,
  shift: Shift,
  { id, nowMs }: { id: string; nowMs: number },
): ChangeRow {
  const { tenant, repository, ref, target, image_name, board_serial } = place;
  const { effect, good_sha256, good_sha, bad_sha256, bad_sha } = shift;
  return {
    ...{ id, tenant, repository, ref, target, image_name, board_serial, effect },
    ...{ state: 'detected', work: 'confirm', waiting: 0, missing: null, exact: 0 },
    ...{ good_sha256, good_sha, bad_sha256, bad_sha },
    ...{ assignee: null, reason: null, actor: null, undoes: null, returns: null },
    ...{ found_ms: nowMs, changed_ms: nowMs },
  };
}

function shiftOf({ watched: { points }, effect, good, bad, nearby }: Candidate): Shift {
  const commitOf = (sha256: string) =>
    points.findLast(({ image_sha256 }) => image_sha256 === sha256)?.sha ?? null;
  return {
    ...{ effect, nearby },
    ...{ good_sha256: good.imageSha256, good_sha: commitOf(good.imageSha256) },
    ...{ bad_sha256: bad.imageSha256, bad_sha: commitOf(bad.imageSha256) },
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
export const worseOf = (a: ChangeRow['effect'], b: ChangeRow['effect']) =>
  EFFECTS[Math.max(EFFECTS.indexOf(a), EFFECTS.indexOf(b))] ?? a;

/** An earlier change that this one undoes, which counts as fixed then, or brings back. */
async function linked(
  tx: Tx,
  { before, after }: Candidate,
  known: readonly KnownChange[],
): Promise<Partial<ChangeRow> | undefined> {
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
  return again && { returns: again.change_id };
}
