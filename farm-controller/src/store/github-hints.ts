import type { Band } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { putDuty } from './duty-writes.js';
import type { QueuedRun } from './ports.js';
import type { GithubHeadRow, SubmissionRow } from './schema.js';
import type { Tx } from './store-database.js';
import { queuedRun } from './views.js';

const URGENT: Band = 'urgent';

/** Between two looks at a commit whose runs are still going on. */
const PROGRESS_MS = 15_000;
/** The newest commits that are looked at when there is news of the one that they are compared with. */
const MAX_CHILDREN = 200;
/** Who asks for what the farm runs by itself. */
const FARM = 'farm';

type Changed = Pick<
  SubmissionRow,
  'repository' | 'sha' | 'state' | 'runs_finished' | 'submitter' | 'rerun_of'
>;

/** Checks at GitHub hang on these submissions: they are to be looked at, when one has come or ended at once. */
export async function putChecks(tx: Tx, changed: readonly Changed[], nowMs: number): Promise<void> {
  for (const { repository, sha, state, runs_finished, submitter, rerun_of } of changed) {
    if (repository === null || sha === null) continue;
    const isUrgent = state === 'finished' || runs_finished === 0;
    const dueMs = isUrgent ? nowMs : nowMs + PROGRESS_MS;
    await lookAtCommit(tx, { repository, sha }, { dueMs, nowMs });
    // A base that the farm ran for them; any other of the base would have all of them written anew.
    if (state === 'finished' && submitter === FARM && rerun_of !== null)
      await lookAtChildren(tx, { repository, sha }, nowMs);
  }
}

/** The checks of a commit are to be looked at: what is known of it is another thing now. */
export async function lookAtCommit(
  tx: Tx,
  { repository, sha }: Pick<GithubHeadRow, 'repository' | 'sha'>,
  { dueMs, nowMs }: { dueMs: number; nowMs: number },
): Promise<void> {
  const heads = tx.selectFrom('github_heads').select('id').where('sha', '=', sha);
  for (const { id } of await heads.where('repository', '=', repository).execute())
    await putDuty(tx, { kind: 'githubCheck', subject: id, dueMs }, nowMs);
}

/** Open commits that are compared with this one. */
async function lookAtChildren(
  tx: Tx,
  { repository, sha }: Pick<GithubHeadRow, 'repository' | 'sha'>,
  nowMs: number,
): Promise<void> {
  const heads = tx.selectFrom('github_heads').select('id').where('base_sha', '=', sha);
  const open = heads.where('repository', '=', repository).where('state', '=', 'open');
  for (const { id } of await open.orderBy('received_ms', 'desc').limit(MAX_CHILDREN).execute())
    await putDuty(tx, { kind: 'githubCheck', subject: id, dueMs: nowMs }, nowMs);
}

type Wish = Pick<SubmissionRow, 'repository' | 'sha' | 'tenant' | 'band'>;
type Origin = Pick<GithubHeadRow, 'repository' | 'sha' | 'tenant'>;

/** What is in a merge queue goes before all else: everybody behind it waits. */
export async function bandOf(tx: Tx, row: Wish): Promise<Band> {
  const { repository, sha, tenant, band } = row;
  if (repository === null || sha === null) return band;
  const queued = tx
    .selectFrom('github_heads')
    .select('id')
    .where('sha', '=', sha)
    .where('repository', '=', repository)
    .where('tenant', '=', tenant)
    .where('queued', '=', 1)
    .where('state', '=', 'open');
  return (await queued.executeTakeFirst()) ? URGENT : band;
}

/** The same for what was submitted before the commit came into the queue. Returns the runs that wait in another lane now. */
export async function hurrySubmissions(
  tx: Tx,
  { repository, sha, tenant }: Origin,
): Promise<QueuedRun[]> {
  const slow = await tx
    .selectFrom('submissions')
    .select('id')
    .where('repository', '=', repository)
    .where('sha', '=', sha)
    .where('tenant', '=', tenant)
    .where('state', '=', 'active')
    .where('band', '!=', URGENT)
    .execute();
  const moved: QueuedRun[] = [];
  for (const { id } of slow) {
    const hurried = { band: URGENT, revision: sql<number>`revision + 1` } as const;
    const runs = tx.updateTable('runs').set(hurried).where('submission_id', '=', id);
    moved.push(
      ...(await runs.where('state', '=', 'queued').returningAll().execute()).map(queuedRun),
    );
    await tx.updateTable('submissions').set(hurried).where('id', '=', id).execute();
  }
  return moved;
}
