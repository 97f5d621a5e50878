import { sql } from 'kysely';
import {
  type ChangeMetricRow,
  type ChangeRow,
  type ChangeStepRow,
  lookAtCommit,
  putDuty,
  type Tx,
} from '../store/for-stages.js';
import { splitBisected, splitElsewhere } from './change-split.js';
import type { Judgement } from './step-judge.js';

/** False alarms after which a series stops no gate any more. */
const MAX_FALSE_ALARMS = 3;
/** Steps in a row that measured nothing. */
const MAX_BROKEN = 3;

/** A step whose runs are over, and what they said. */
export interface EndedStep {
  readonly change: ChangeRow;
  readonly step: ChangeStepRow;
  readonly steps: readonly ChangeStepRow[];
  readonly metrics: readonly ChangeMetricRow[];
  /** Those that the step was for, the most telling first. */
  readonly asked: readonly ChangeMetricRow[];
  readonly judgement: Judgement;
  /** Somebody has called its runs off. */
  readonly cancelled: boolean;
}

/** Writes what a step said, and what becomes of its change. */
export async function writeOutcome(tx: Tx, ended: EndedStep, nowMs: number): Promise<void> {
  const { change, step, judgement } = ended;
  const { outcome } = judgement;
  const open = tx.updateTable('change_steps').set({ outcome }).where('change_id', '=', change.id);
  const { numUpdatedRows } = await open
    .where('seq', '=', step.seq)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  // Another controller has done this try.
  if (numUpdatedRows === 0n) return;
  await wakeNext(tx, change.tenant, nowMs);
  // Somebody accepted it meanwhile.
  if (change.work !== 'confirm' && change.work !== 'bisect') return;
  const set =
    step.kind === 'confirm' ? await confirmed(tx, ended, nowMs) : await bisected(tx, ended, nowMs);
  const update = tx.updateTable('changes').set({ ...set, ...blockedBy(ended), changed_ms: nowMs });
  await update.where('id', '=', change.id).execute();
  const { repository } = change;
  const sha = set.bad_sha ?? change.bad_sha;
  if (repository !== null && sha !== null)
    await lookAtCommit(tx, { repository, sha }, { dueMs: nowMs, nowMs });
}

/** Lets the change go on that has waited longest for others of its tenant. */
export async function wakeNext(tx: Tx, tenant: string, nowMs: number): Promise<void> {
  const next = await tx
    .selectFrom('changes')
    .select('id')
    .where('tenant', '=', tenant)
    .where('waiting', '=', 1)
    .orderBy('changed_ms')
    .limit(1)
    .executeTakeFirst();
  if (!next) return;
  await tx.updateTable('changes').set({ waiting: 0 }).where('id', '=', next.id).execute();
  await putDuty(tx, { kind: 'pursueChange', subject: next.id, dueMs: nowMs }, nowMs);
}

async function confirmed(tx: Tx, ended: EndedStep, nowMs: number): Promise<Partial<ChangeRow>> {
  const { change, metrics, judgement, step } = ended;
  const { outcome } = judgement;
  await noteMetrics(tx, ended);
  if (outcome !== 'confirmed' && outcome !== 'refuted') return {};
  const wasShown = metrics.some((metric) => metric.outcome === 'confirmed');
  if (outcome === 'confirmed') await trust(tx, ended);
  if (!wasShown) await settleLinked(tx, change, outcome === 'confirmed');
  if (outcome === 'refuted' && !wasShown) {
    await distrust(tx, ended);
    return { state: 'refuted', work: 'done' };
  }
  await splitElsewhere(tx, ended, nowMs);
  const { good_sha256, good_sha, bad_sha256, bad_sha } = step;
  const state = change.assignee === null ? 'verified' : 'assigned';
  const ends = wasShown ? {} : { good_sha256, good_sha, bad_sha256, bad_sha };
  return { state, work: 'bisect', ...ends };
}

/** What the runs said of each metric that they can say something of. */
async function noteMetrics(tx: Tx, { change, asked, judgement }: EndedStep): Promise<void> {
  for (const { series_id } of asked) {
    const said = judgement.metrics.get(series_id);
    if (!said || said.outcome === 'more') continue;
    await tx
      .updateTable('change_metrics')
      .set({ outcome: said.outcome, shift: said.shift })
      .where('change_id', '=', change.id)
      .where('series_id', '=', series_id)
      .execute();
  }
}

/** What was right has its gate, whatever it said before. */
async function trust(tx: Tx, { change, asked, judgement }: EndedStep): Promise<void> {
  const right = asked.filter(
    ({ series_id }) => judgement.metrics.get(series_id)?.outcome === 'confirmed',
  );
  const ids = right.map(({ series_id }) => series_id);
  await tx
    .updateTable('series_states')
    .set({ false_alarms: 0, calm_builds: 0, gates: 1, revision: sql`revision + 1` })
    .where('series_id', 'in', ids)
    .where('ref', '=', change.ref)
    .execute();
}

/** A false alarm counts against each series that gave it, unless a person asked. */
async function distrust(tx: Tx, { change, asked, judgement }: EndedStep): Promise<void> {
  const alarms = change.actor === null ? 1 : 0;
  for (const { series_id, kind } of asked) {
    const isUnsteady = kind === 'exact' && judgement.metrics.get(series_id)?.p === 1;
    await tx
      .updateTable('series_states')
      .set({
        false_alarms: sql`false_alarms + ${alarms}`,
        calm_builds: 0,
        gates: sql`case when false_alarms + ${alarms} >= ${MAX_FALSE_ALARMS} then 0 else gates end`,
        state: 'steady',
        ...(isUnsteady && { kind: 'noisy' as const }),
        revision: sql`revision + 1`,
      })
      .where('series_id', '=', series_id)
      .where('ref', '=', change.ref)
      .execute();
  }
}

/** What an earlier change is, now that the one after it is known to be real or not. */
export async function settleLinked(tx: Tx, change: ChangeRow, isReal: boolean): Promise<void> {
  const { undoes, returns } = change;
  if (returns !== null && isReal)
    await tx
      .updateTable('changes')
      .set({ state: 'returned' })
      .where('id', '=', returns)
      .where('state', 'in', ['fixed', 'verifiedFixed'])
      .execute();
  if (undoes === null) return;
  const before = sql<'assigned'>`case when assignee is null then 'verified' else 'assigned' end`;
  await tx
    .updateTable('changes')
    .set({ state: isReal ? 'verifiedFixed' : before })
    .where('id', '=', undoes)
    .where('state', '=', 'fixed')
    .execute();
}

/** The ends come closer: the image in the middle is like the bad one, or like the good one. */
async function bisected(tx: Tx, ended: EndedStep, nowMs: number): Promise<Partial<ChangeRow>> {
  const { step, judgement } = ended;
  const { outcome } = judgement;
  if (outcome !== 'confirmed' && outcome !== 'refuted') return {};
  await splitBisected(tx, ended, nowMs);
  const { bad_sha256, bad_sha } = step;
  return outcome === 'confirmed'
    ? { bad_sha256, bad_sha }
    : { good_sha256: bad_sha256, good_sha: bad_sha };
}

function blockedBy(ended: EndedStep): Partial<ChangeRow> {
  const { step, steps, cancelled, judgement } = ended;
  const failed =
    judgement.outcome === 'broken' ||
    (judgement.outcome === 'untestable' && step.kind === 'confirm');
  if (!failed) return {};
  if (cancelled) return blocked(`the runs of ${step.submission_id} were cancelled`);
  const before = steps
    .slice(0, -1)
    .reverse()
    .findIndex(({ outcome }) => outcome !== 'broken');
  const inRow = (before < 0 ? steps.length - 1 : before) + 1;
  if (judgement.outcome === 'broken' && inRow % MAX_BROKEN !== 0) return {};
  return blocked(
    `the runs of ${step.submission_id} measured nothing: see to its board and images, then have it tried again`,
  );
}

/** Nothing goes on until somebody has seen to it. */
export const blocked = (missing: string): Pick<ChangeRow, 'work' | 'missing'> => ({
  work: 'blocked',
  missing: missing.slice(0, 1_000),
});
