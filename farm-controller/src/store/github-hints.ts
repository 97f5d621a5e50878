import { putDuty } from './duty-writes.js';
import type { SubmissionRow } from './schema.js';
import type { Tx } from './store-database.js';

/** Between two looks at a commit whose runs are still going on. */
const PROGRESS_MS = 15_000;

type Changed = Pick<SubmissionRow, 'repository' | 'sha' | 'state' | 'runs_finished'>;

/** Checks at GitHub hang on these submissions: they are to be looked at, when one has come or ended at once. */
export async function putChecks(tx: Tx, changed: readonly Changed[], nowMs: number): Promise<void> {
  for (const { repository, sha, state, runs_finished } of changed) {
    if (repository === null || sha === null) continue;
    const heads = await tx
      .selectFrom('github_heads')
      .select('id')
      .where('sha', '=', sha)
      .where('repository', '=', repository)
      .execute();
    const isUrgent = state === 'finished' || runs_finished === 0;
    const dueMs = isUrgent ? nowMs : nowMs + PROGRESS_MS;
    for (const { id } of heads)
      await putDuty(tx, { kind: 'githubCheck', subject: id, dueMs }, nowMs);
  }
}
