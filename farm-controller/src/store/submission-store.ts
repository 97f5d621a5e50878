import { FarmError, type SubmissionView } from '@greenrack/farm-protocol';
import { chunksFor } from './bulk.js';
import { putDuty } from './duty-writes.js';
import { bandOf, putChecks } from './github-hints.js';
import { claimOnce, madeBefore } from './once.js';
import { ofOrigin, originColumns } from './origin-columns.js';
import { pageOfRows } from './paging.js';
import type {
  CancelOutcome,
  CreatedSubmission,
  NewRun,
  NewSubmission,
  OnceRequest,
  OriginFilter,
  Page,
  PageRequest,
  SubmissionStore,
} from './ports.js';
import { refuseOverRuns } from './quota.js';
import { cancelRuns } from './run-cancellation.js';
import type { RunRow, SubmissionRow } from './schema.js';
import type { Queries, StoreDatabase, Tx } from './store-database.js';
import { viewsOf } from './submission-settlement.js';
import { queuedRun, runView, submissionView } from './views.js';

const IMAGES_PER_STATEMENT = 1_000;
/** Runs of one statement: nobody else has a turn until it is made and, on SQLite, done. */
const RUNS_PER_STATEMENT = 50;

/** Submissions in the database. */
export class SqlSubmissionStore implements SubmissionStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  create(submission: NewSubmission): Promise<CreatedSubmission> {
    const { once, id: reference, createdMs: nowMs } = submission;
    return this.#db.transact(async (tx) => {
      const earlier = once && (await claimOnce(tx, once, { reference, nowMs }));
      return await (earlier === undefined
        ? insertSubmission(tx, submission)
        : createdBefore(tx, earlier));
    }, 'urgent');
  }

  async hasKey(tenant: string, key: string): Promise<boolean> {
    const row = await this.#db.queries
      .selectFrom('idempotency_keys')
      .select('reference')
      .where('tenant', '=', tenant)
      .where('request_key', '=', key)
      .executeTakeFirst();
    return row !== undefined;
  }

  async madeBy(request: OnceRequest): Promise<CreatedSubmission | undefined> {
    const earlier = await madeBefore(this.#db.queries, request);
    return earlier === undefined ? undefined : await createdBefore(this.#db.queries, earlier);
  }

  async get(id: string): Promise<SubmissionView | undefined> {
    const row = await this.#db.queries
      .selectFrom('submissions')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && (await viewsOf(this.#db.queries, [row]))[0];
  }

  async list(page: PageRequest, filter: OriginFilter = {}): Promise<Page<SubmissionView>> {
    let query = ofOrigin(this.#db.queries.selectFrom('submissions'), filter)
      .selectAll()
      .orderBy('id', 'desc')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
    const rows = pageOfRows(await query.execute(), page, {
      view: (row) => row,
      cursorOf: (row) => row.id,
    });
    return { ...rows, items: await viewsOf(this.#db.queries, rows.items) };
  }

  async specOf(id: string): Promise<string | undefined> {
    const row = await this.#db.queries
      .selectFrom('submissions')
      .select('spec_json')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.spec_json;
  }

  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined> {
    return this.#db.transact((tx) => cancelRuns(tx, { submissionId: id }, nowMs), 'urgent');
  }
}

/** Writes a submission and its runs. @throws FarmError `quota_exceeded`, `image_missing` */
export async function insertSubmission(tx: Tx, planned: NewSubmission): Promise<CreatedSubmission> {
  const { tenant, runs: asked } = planned;
  if (!planned.ofFarm) await refuseOverRuns(tx, { tenant, runs: asked.length });
  const band = await bandOf(tx, newSubmissionRow(planned));
  const submission = { ...planned, band };
  const row = newSubmissionRow(submission);
  await tx.insertInto('submissions').values(row).execute();
  const created: CreatedSubmission = { submission: submissionView(row, {}), runs: [], queued: [] };
  let dueMs = Infinity;
  for (const some of chunksFor(submission.runs, 1, RUNS_PER_STATEMENT)) {
    const runs = some.map((run) => newRunRow(submission, run));
    await tx.insertInto('runs').values(runs).execute();
    created.runs.push(...runs.map(runView));
    created.queued.push(...runs.map(queuedRun));
    for (const { queue_deadline_ms } of runs) dueMs = Math.min(dueMs, queue_deadline_ms);
  }
  await insertPartnerImages(tx, submission);
  await refuseRemoved(tx, submission);
  if (created.runs.length > 0)
    await putDuty(tx, { kind: 'expireQueued', subject: row.id, dueMs }, row.created_ms);
  // Whose origin nobody knows is no build of a branch.
  if (row.origin_json !== null)
    await putDuty(
      tx,
      { kind: 'measureImages', subject: row.id, dueMs: row.created_ms },
      row.created_ms,
    );
  await putChecks(tx, [row], row.created_ms);
  return created;
}

async function insertPartnerImages(tx: Tx, { id, runs }: NewSubmission): Promise<void> {
  const images = new Set(runs.flatMap(partnersOf).map(({ imageSha256 }) => imageSha256));
  for (const some of chunksFor([...images], 1, IMAGES_PER_STATEMENT)) {
    const rows = some.map((image_sha256) => ({ image_sha256, submission_id: id }));
    await tx.insertInto('partner_images').values(rows).execute();
  }
}

const partnersOf = ({ spec }: NewRun) => spec.partners ?? [];

/** After the runs, which keep the images from being removed from now on. @throws FarmError `image_missing` */
async function refuseRemoved(tx: Tx, { runs }: NewSubmission): Promise<void> {
  const used = runs.flatMap((run) => [run, ...partnersOf(run)]);
  const names = new Map(used.map((one) => [one.imageSha256, one.imageName]));
  for (const some of chunksFor([...names.keys()], 1, IMAGES_PER_STATEMENT)) {
    const query = tx.selectFrom('images').select('sha256').where('sha256', 'in', some);
    const gone = await query.where('removed_ms', 'is not', null).executeTakeFirst();
    if (!gone) continue;
    const message = `the image '${names.get(gone.sha256)}' has just been removed, as the policy says: upload it again`;
    throw new FarmError('image_missing', message);
  }
}

/** A submission that stands, as it is now. @throws FarmError `not_found` */
export async function createdBefore(db: Queries, id: string): Promise<CreatedSubmission> {
  const rows = await db.selectFrom('submissions').selectAll().where('id', '=', id).execute();
  const [submission] = await viewsOf(db, rows);
  if (!submission) throw new FarmError('not_found', `submission ${id}: it was made and is gone`);
  const ofIt = db.selectFrom('runs').selectAll().where('submission_id', '=', id);
  const runs = await ofIt.orderBy('ordinal').execute();
  return { submission, runs: runs.map(runView), queued: [] };
}

function newSubmissionRow(submission: NewSubmission): SubmissionRow {
  return {
    id: submission.id,
    name: submission.name,
    tenant: submission.tenant,
    submitter: submission.submitter,
    band: submission.band,
    state: 'active',
    cancelled: 0,
    runs_total: submission.runs.length,
    runs_finished: 0,
    runs_running: 0,
    spec_json: submission.specJson,
    ...originColumns(submission.origin),
    rerun_of: submission.rerunOf ?? null,
    of_farm: submission.ofFarm ? 1 : 0,
    pinned_by: null,
    ...{ events_removed_ms: null, consoles_removed_ms: null, traces_removed_ms: null },
    created_ms: submission.createdMs,
    finished_ms: null,
    revision: 1,
  };
}

function newRunRow(submission: NewSubmission, run: NewRun): RunRow {
  return {
    id: run.id,
    submission_id: submission.id,
    ordinal: run.ordinal,
    name: run.name,
    image_name: run.imageName,
    image_sha256: run.imageSha256,
    requirement_class: run.requirementClass,
    avoid_json: run.avoid && run.avoid.length > 0 ? JSON.stringify(run.avoid) : null,
    health_check: run.healthCheck ? 1 : 0,
    target: run.spec.requirement.target,
    band: submission.band,
    tenant: submission.tenant,
    spec_json: JSON.stringify(run.spec),
    queue_deadline_ms: submission.createdMs + run.spec.queueTimeoutMs,
    raw_verdict: null,
    state: 'queued',
    verdict: null,
    reason: null,
    message: '',
    attempts: 0,
    board_serial: null,
    board_name: null,
    cases_done: 0,
    cases_total: null,
    cancel_requested: 0,
    created_ms: submission.createdMs,
    started_ms: null,
    finished_ms: null,
    revision: 1,
  };
}
