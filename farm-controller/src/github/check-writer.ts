import { createHash } from 'node:crypto';
import type { GithubCheckRow, GithubHeadRow } from '../store/for-stages.js';
import { ANNOTATIONS_PER_REQUEST, annotationsOf, SourceTree } from './annotations.js';
import type { Annotation, DesiredCheck } from './check-model.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import type { GithubRows } from './github-rows.js';
import type { WriteBudgets } from './write-budgets.js';

export interface CheckWriterDeps {
  readonly rows: GithubRows;
  readonly client: GithubClient;
  readonly budgets: WriteBudgets;
  readonly now: () => number;
  readonly onVisible: (sinceMs: number) => void;
  readonly onConcluded: (sinceMs: number) => void;
}

/** What the writing of one commit's checks goes by. */
export interface WriteTerms {
  readonly head: GithubHeadRow;
  readonly signal: AbortSignal;
}

/**
 * Brings a check on GitHub to what it is to be. Each request is noted before it is made, and its outcome after: who takes
 * over from a process that died in between asks GitHub what became of it, and neither makes a check twice nor repeats
 * annotations.
 */
export class CheckWriter {
  readonly #deps: CheckWriterDeps;

  constructor(deps: CheckWriterDeps) {
    this.#deps = deps;
  }

  /**
   * Three writes at most, and those of annotations: it is there, it runs, it has ended. How far it is stands on the page of
   * the farm, which costs no one a write.
   * @throws GithubLimited
   */
  async bring(
    terms: WriteTerms,
    known: GithubCheckRow | undefined,
    check: DesiredCheck,
  ): Promise<void> {
    const { rows, now } = this.#deps;
    const digest = digestOf(check);
    const isProgress = known?.status === check.status && check.status !== 'completed';
    if (known?.digest === digest || (isProgress && known.digest !== '')) return;
    const row = await this.#rowFor(terms.head, known, check);
    const annotations = await this.#annotations(terms, row, check);
    const { id, isNew } = await this.#run(terms, row, check);
    if (!isNew || annotations.length > 0)
      await this.#update(terms, { ...row, check_run_id: id }, { check, annotations });
    await rows.saveCheck(row.id, { status: check.status, digest, sent_ms: now() });
    if (check.finishedMs !== undefined) this.#deps.onConcluded(check.finishedMs);
  }

  /** What has ended is not opened again: GitHub shows the newest check of a name. */
  async #rowFor(
    head: GithubHeadRow,
    known: GithubCheckRow | undefined,
    check: DesiredCheck,
  ): Promise<GithubCheckRow> {
    if (!known) return await this.#deps.rows.putCheck(head.id, check.name, 1);
    const isOver = known.status === 'completed' && check.status !== 'completed';
    if (!isOver) return known;
    return await this.#deps.rows.putCheck(head.id, check.name, known.round + 1);
  }

  /** The check at GitHub; a new one says already what it is to say, but for annotations. */
  async #run(
    terms: WriteTerms,
    row: GithubCheckRow,
    check: DesiredCheck,
  ): Promise<{ id: number; isNew: boolean }> {
    const { rows, client, onVisible } = this.#deps;
    if (row.check_run_id !== null) return { id: row.check_run_id, isNew: false };
    const { head } = terms;
    const place = placeOf(head);
    const named = { sha: head.sha, externalId: row.id };
    const found =
      row.tried === 1 ? await client.findCheck(place, { ...named, name: check.name }) : undefined;
    if (found === undefined) {
      await this.#pay(terms);
      await rows.saveCheck(row.id, { tried: 1 });
    }
    const id = found ?? (await client.createCheck(place, { ...named, check }, terms.signal));
    await rows.saveCheck(row.id, { check_run_id: id });
    if (row.round === 1 && check.status === 'queued') onVisible(head.received_ms);
    return { id, isNew: found === undefined };
  }

  /** The first request says all but what of the annotations has no room in it. */
  async #update(
    terms: WriteTerms,
    row: GithubCheckRow & { check_run_id: number },
    { check, annotations }: { check: DesiredCheck; annotations: readonly Annotation[] },
  ): Promise<void> {
    const { rows, client } = this.#deps;
    const place = placeOf(terms.head);
    let sent = row.annotations;
    if (row.annotations_tried > sent) {
      const there = await client.annotationsOf(place, row.check_run_id);
      sent = Math.min(there, row.annotations_tried);
    }
    do {
      const some = annotations.slice(sent, sent + ANNOTATIONS_PER_REQUEST);
      await this.#pay(terms);
      if (some.length > 0)
        await rows.saveCheck(row.id, { annotations: sent, annotations_tried: sent + some.length });
      const fields = some.length > 0 ? { ...check, annotations: some } : check;
      await client.updateCheck(place, { id: row.check_run_id, check: fields }, terms.signal);
      sent += some.length;
      if (some.length > 0) await rows.saveCheck(row.id, { annotations: sent });
    } while (sent < annotations.length);
  }

  /** A check that has been completed before has its annotations. */
  async #annotations(
    { head }: WriteTerms,
    row: GithubCheckRow,
    { status, failures }: DesiredCheck,
  ): Promise<Annotation[]> {
    if (status !== 'completed' || row.status === 'completed') return [];
    if (!failures.some(({ file, line }) => file !== undefined && line !== undefined)) return [];
    const files = await this.#deps.client.files(placeOf(head), head.sha);
    return annotationsOf(failures, new SourceTree(files));
  }

  async #pay({ head, signal }: WriteTerms): Promise<void> {
    signal.throwIfAborted();
    await this.#deps.budgets.pay(head);
  }
}

function placeOf({
  installation_id: installationId,
  owner,
  name,
}: GithubHeadRow): RepositoryAccess {
  return { installationId, owner, name };
}

function digestOf(check: DesiredCheck): string {
  return createHash('sha256').update(JSON.stringify(check)).digest('base64url');
}
