import { firstPairs, morePairs } from '@greenrack/farm-model';
import { isSubmitterFault } from '@greenrack/farm-protocol';
import {
  type ChangeMetricRow,
  type ChangeRow,
  type ChangeStepRow,
  insertSubmission,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { CreatedSubmission, NewSubmission } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import { type Ends, endsToRun, nextBuild } from './change-ends.js';
import { blocked, wakeNext, writeOutcome } from './change-outcome.js';
import { NO_BOARD } from './image-measurer.js';
import type { ImagePursuit } from './image-pursuit.js';
import type { PlannedRuns } from './planned-runs.js';
import { askedMetrics, judgeStep } from './step-judge.js';
import { lastRunOf, type RunOfImage, sidesOf, stepSpec } from './step-spec.js';

/** Steps under way at a time for one tenant: confirming is not to crowd out what people wait for. */
const MAX_UNDER_WAY = 2;
/** Whoever needs more of them will not find it. */
const MAX_STEPS = 40;

export interface PursuitDeps {
  readonly database: StoreDatabase;
  /** Checks runs against boards and images, has them committed and passes them on. @throws FarmError */
  readonly submit: (planned: PlannedRuns) => Promise<void>;
  readonly images: Pick<ImagePursuit, 'pursue'>;
  readonly clock: Clock;
}

interface Known {
  readonly change: ChangeRow;
  readonly metrics: readonly ChangeMetricRow[];
  readonly steps: readonly ChangeStepRow[];
}

/** Runs of two images that are to come next. */
interface NextStep extends Ends {
  readonly kind: ChangeStepRow['kind'];
  readonly pairs: number;
  readonly run: RunOfImage;
}

/**
 * Confirms changes by runs of both images in turns on their board, then looks for the first bad build between them. Each
 * call does what can be done now; the end of a step's submission leads to the next.
 */
export class Pursuit {
  readonly #deps: PursuitDeps;

  constructor(deps: PursuitDeps) {
    this.#deps = deps;
  }

  /** The duty. */
  async pursue(changeId: string, signal: AbortSignal): Promise<undefined> {
    const known = await this.#read(changeId);
    if (!known) return undefined;
    if (known.change.board_serial === NO_BOARD) {
      await this.#deps.images.pursue(known, signal);
      return undefined;
    }
    const open = known.steps.find(({ outcome }) => outcome === null);
    if (open && !(await this.#judge(known, open))) return await this.#set(known.change, {});
    const now = open ? await this.#read(changeId) : known;
    return now && (await this.#goOn(now));
  }

  async #read(id: string): Promise<Known | undefined> {
    const db = this.#deps.database.queries;
    const query = db.selectFrom('changes').selectAll().where('id', '=', id);
    const change = await query.executeTakeFirst();
    if (!change) return undefined;
    const ofIt = db.selectFrom('change_metrics').selectAll().where('change_id', '=', id);
    const steps = db.selectFrom('change_steps').selectAll().where('change_id', '=', id);
    return {
      change,
      metrics: await ofIt.orderBy('series_id').execute(),
      steps: await steps.orderBy('seq').execute(),
    };
  }

  /** False while its runs are not over: their end leads here again. */
  async #judge({ change, metrics, steps }: Known, step: ChangeStepRow): Promise<boolean> {
    const { database, clock } = this.#deps;
    const submission = await database.queries
      .selectFrom('submissions')
      .select(['state', 'cancelled'])
      .where('id', '=', step.submission_id)
      .executeTakeFirst();
    if (submission?.state === 'active') return false;
    const same = steps.filter((one) => isSame(one, step));
    const { kind } = step;
    const asked = { kind, metrics: askedMetrics(kind, metrics) };
    const judgement = await judgeStep(database.queries, same, asked);
    const cancelled = submission?.cancelled === 1;
    const ended = { change, step, steps, metrics, asked: asked.metrics, judgement, cancelled };
    await database.transact((tx) => writeOutcome(tx, ended, clock.now()));
    return true;
  }

  async #goOn(known: Known): Promise<undefined> {
    const { change, steps } = known;
    if (change.work !== 'confirm' && change.work !== 'bisect') return await this.#set(change, {});
    if (steps.length >= MAX_STEPS)
      return await this.#set(change, blocked(`${steps.length} steps did not settle it`));
    const next = await this.#next(known);
    if (!('set' in next)) return await this.#begin(known, next);
    await this.#set(change, next.set);
    // What came along is to be shown, too.
    const again = next.set.work === 'confirm' ? await this.#read(change.id) : undefined;
    return again?.change.work === 'confirm' ? await this.#goOn(again) : undefined;
  }

  async #next(known: Known): Promise<NextStep | { set: Partial<ChangeRow> }> {
    const { change, metrics } = known;
    const db = this.#deps.database.queries;
    const kind = change.work === 'confirm' ? 'confirm' : 'bisect';
    const [best] = askedMetrics(kind, metrics);
    if (!best) return { set: blocked('it has no metric that could show it') };
    const found =
      kind === 'confirm' ? await endsToRun(db, change, metrics, best) : await nextBuild(db, known);
    if ('set' in found) return found;
    const of = { seriesId: best.series_id, ref: change.ref, imageSha256: best.bad_sha256 };
    const run = await lastRunOf(db, of);
    if (!run) return { set: blocked('the run that showed it is gone') };
    if (run.spec.partners)
      return { set: blocked('runs of several boards are not made again by the farm') };
    const step = { kind, ...found } as const;
    return { ...step, run, pairs: pairsOf(known.steps, step, firstPairs(best.kind)) };
  }

  /** Submits the runs of a step, and writes it in the same transaction. */
  async #begin({ change, steps }: Known, next: NextStep): Promise<undefined> {
    const { submit, clock } = this.#deps;
    const sides = sidesOf(next.pairs);
    const images = { A: next.good_sha256, B: next.bad_sha256 };
    const name = `${next.kind} ${change.id}`;
    const { imageName, submissionId: rerunOf } = next.run;
    const nowMs = clock.now();
    try {
      await submit({
        spec: stepSpec(next.run, { name, board: change.board_serial, images, sides }),
        ...{ rerunOf, tenant: change.tenant, nowMs },
        commit: (plan) => {
          const runs = plan.runs.map((run) => ({ ...run, imageName }));
          const step = { ...rowOf(change.id, steps.length + 1, next), sides };
          return this.#commit({ ...plan, runs }, { ...step, submission_id: plan.id });
        },
      });
      return undefined;
    } catch (error) {
      if (!isSubmitterFault(error)) throw error;
      return this.#set(change, blocked(error.message));
    }
  }

  #commit(plan: NewSubmission, step: ChangeStepRow): Promise<CreatedSubmission | undefined> {
    const { database } = this.#deps;
    return database.transact(async (tx) => {
      const query = tx.selectFrom('changes').selectAll().where('id', '=', step.change_id);
      const change = await database.dialect.lockRows(query).executeTakeFirst();
      const { n } = await tx
        .selectFrom('change_steps')
        .select((eb) => eb.fn.countAll().as('n'))
        .where('change_id', '=', step.change_id)
        .executeTakeFirstOrThrow();
      // Another controller was faster, or somebody has accepted the change.
      if (!change || change.work !== step.kind || Number(n) !== step.seq - 1) {
        await wakeNext(tx, plan.tenant, plan.createdMs);
        return undefined;
      }
      const isFull = (await underWay(database, tx, change.tenant)) >= MAX_UNDER_WAY;
      const waiting = tx.updateTable('changes').set({ waiting: isFull ? 1 : 0 });
      await waiting.where('id', '=', change.id).execute();
      if (isFull) return undefined;
      const created = await insertSubmission(tx, plan);
      await tx.insertInto('change_steps').values(step).execute();
      return created;
    });
  }

  /** Notes what becomes of a change that begins no step now, and lets another one of its tenant have its place. */
  async #set(change: ChangeRow, set: Partial<ChangeRow>): Promise<undefined> {
    const { database, clock } = this.#deps;
    const nowMs = clock.now();
    await database.transact(async (tx) => {
      if (Object.keys(set).length > 0)
        await tx
          .updateTable('changes')
          .set({ ...set, changed_ms: nowMs })
          .where('id', '=', change.id)
          .where('work', '=', change.work)
          .execute();
      await wakeNext(tx, change.tenant, nowMs);
    });
  }
}

/** Steps of a tenant whose runs are under way, locked: one that ends meanwhile finds whoever waits for its end. */
async function underWay({ dialect }: StoreDatabase, tx: Tx, tenant: string): Promise<number> {
  const ofTenant = tx.selectFrom('changes').select('id').where('tenant', '=', tenant);
  const open = tx
    .selectFrom('change_steps')
    .select('seq')
    .where('outcome', 'is', null)
    .where('change_id', 'in', ofTenant)
    .orderBy('change_id');
  return (await dialect.lockRows(open).execute()).length;
}

type Between = Pick<ChangeStepRow, 'kind' | 'good_sha256' | 'bad_sha256'>;

/** Steps of the same two images are one experiment. */
const isSame = (one: Between, other: Between): boolean =>
  one.kind === other.kind &&
  one.good_sha256 === other.good_sha256 &&
  one.bad_sha256 === other.bad_sha256;

/**
 * Pairs that the next look needs; as many as at first after runs that measured nothing, and one by one what the last look
 * lacks since some of its runs measured nothing.
 */
function pairsOf(steps: readonly ChangeStepRow[], next: Between, first: number): number {
  const told = steps.filter((one) => isSame(one, next) && one.outcome === 'more');
  const pairs = told.reduce((sum, { sides }) => sum + sides.length / 2, 0);
  return pairs === 0 ? first : Math.max(1, morePairs(pairs));
}

function rowOf(
  change_id: string,
  seq: number,
  next: NextStep,
): Omit<ChangeStepRow, 'sides' | 'submission_id'> {
  const { kind, good_sha256, good_sha, bad_sha256, bad_sha } = next;
  return { change_id, seq, kind, good_sha256, good_sha, bad_sha256, bad_sha, outcome: null };
}
