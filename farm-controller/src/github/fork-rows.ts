import { cleanText, newId } from '@greenrack/farm-protocol';
import {
  type GithubArtifactRow,
  putDuty,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { GithubEvent } from './github-event.js';

type Built = Extract<GithubEvent, { kind: 'built' }>;
/** An artifact that is for the farm. */
export interface FoundArtifact {
  readonly id: number;
  readonly name: string;
  /** Why it cannot be fetched; empty for one that can. */
  readonly why: string;
}
/** It quotes what strangers wrote. */
const MAX_WHY_CHARS = 4_000;
type Outcome = Pick<GithubArtifactRow, 'state' | 'why'>;

/** What workflows of forks have built, and whose word lets it onto boards. */
export class ForkRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** A workflow has ended: its artifacts are to be looked for. */
  ended({ place, sha, runId, attempt, workflow, url }: Built, nowMs: number): Promise<void> {
    const { installationId, repositoryId, owner, name } = place;
    const row: GithubArtifactRow = {
      ...{ id: newId('gha', nowMs), installation_id: installationId, repository_id: repositoryId },
      ...{ owner, name, sha, run_id: runId, attempt, workflow, url },
      ...{ artifact_id: 0, artifact: '', state: 'ended', why: '' },
    };
    return this.#db.transact((tx) => this.#insert(tx, row, nowMs));
  }

  async artifact(id: string): Promise<GithubArtifactRow | undefined> {
    return await this.#db.queries
      .selectFrom('github_artifacts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** The newest first. */
  async ofCommit(commit: Pick<GithubArtifactRow, 'repository_id' | 'sha'>) {
    return await this.#db.queries
      .selectFrom('github_artifacts')
      .selectAll()
      .where('repository_id', '=', commit.repository_id)
      .where('sha', '=', commit.sha)
      .orderBy('id', 'desc')
      .execute();
  }

  /** What the attempt of a workflow has for the farm. An earlier attempt's artifact of the same name is not wanted any more. */
  listed(
    of: GithubArtifactRow,
    { found, why }: { found: readonly FoundArtifact[]; why: string },
    nowMs: number,
  ): Promise<void> {
    return this.#db.transact(async (tx) => {
      for (const { id: artifact_id, name: artifact, why: fault } of found) {
        const replaced = { state: 'refused', why: 'the workflow has run again' } as const;
        const held = tx.updateTable('github_artifacts').set(replaced).where('state', '=', 'held');
        await held
          .where('repository_id', '=', of.repository_id)
          .where('run_id', '=', of.run_id)
          .where('artifact', '=', artifact)
          .where('artifact_id', '!=', artifact_id)
          .execute();
        const state = fault === '' ? 'held' : 'refused';
        const id = newId('gha', nowMs);
        const row = { ...of, id, artifact_id, artifact, state, why: fault } as const;
        await this.#insert(tx, row, nowMs);
      }
      await save(tx, of, { state: 'listed', why }, nowMs);
    });
  }

  /** What became of an artifact. */
  save(of: GithubArtifactRow, outcome: Outcome, nowMs: number): Promise<void> {
    return this.#db.transact((tx) => save(tx, of, outcome, nowMs));
  }

  /**
   * Lets what forks have built of a commit onto boards, for as long as the commit stays wanted. False when there is no
   * such commit of a fork that is wanted, and that nobody has let in yet.
   */
  approve(
    repositoryId: number,
    { sha, by }: { sha: string; by: string },
    nowMs: number,
  ): Promise<boolean> {
    return this.#db.transact(async (tx) => {
      const head = await tx
        .updateTable('github_heads')
        .set({ approved_by: by })
        .where('repository_id', '=', repositoryId)
        .where('sha', '=', sha)
        .where('fork', '=', 1)
        .where('state', '=', 'open')
        .where('approved_by', 'is', null)
        .returning('id')
        .executeTakeFirst();
      if (!head) return false;
      const built = tx.selectFrom('github_artifacts').select('id').where('state', '=', 'held');
      const mine = built.where('repository_id', '=', repositoryId).where('sha', '=', sha);
      for (const { id } of await mine.execute())
        await putDuty(tx, { kind: 'githubArtifact', subject: id, dueMs: nowMs }, nowMs);
      await putDuty(tx, { kind: 'githubCheck', subject: head.id, dueMs: nowMs }, nowMs);
      return true;
    });
  }

  async #insert(tx: Tx, row: GithubArtifactRow, nowMs: number): Promise<void> {
    const { numInsertedOrUpdatedRows: inserted } = await tx
      .insertInto('github_artifacts')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'run_id', 'attempt', 'artifact_id']).doNothing(),
      )
      .executeTakeFirstOrThrow();
    if (inserted)
      await putDuty(tx, { kind: 'githubArtifact', subject: row.id, dueMs: nowMs }, nowMs);
  }
}

/** Its check says so as well. */
async function save(tx: Tx, of: GithubArtifactRow, outcome: Outcome, nowMs: number): Promise<void> {
  const said = { ...outcome, why: cleanText(outcome.why).slice(0, MAX_WHY_CHARS) };
  await tx.updateTable('github_artifacts').set(said).where('id', '=', of.id).execute();
  const heads = tx.selectFrom('github_heads').select('id').where('sha', '=', of.sha);
  for (const { id } of await heads.where('repository_id', '=', of.repository_id).execute())
    await putDuty(tx, { kind: 'githubCheck', subject: id, dueMs: nowMs }, nowMs);
}
