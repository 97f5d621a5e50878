import { sealsOf } from '@greenrack/farm-model';
import type { AttemptEvent, AttemptView } from '@greenrack/farm-protocol';
import {
  type CaseRow,
  chunksFor,
  eventPage,
  followUp,
  groupedInOrder,
  joined,
  openAttempts,
  openAttemptsOf,
  runView,
  type StoreDatabase,
  type Tx,
  viewsOfAttempts,
} from '../store/for-stages.js';
import type {
  AbandonCause,
  AppendResult,
  AttemptStore,
  FollowUp,
  OpenAttempt,
  ReportedBatch,
  SettlementPolicy,
} from '../store/ports.js';
import {
  type AttemptFold,
  casesTotalOf,
  foldAttempt,
  hasRepeats,
  mentionedCases,
} from './attempt-fold.js';
import { updateRunProgress, writeFolds } from './attempt-writes.js';
import { type Admission, type AttemptFacts, admit } from './event-admission.js';
import { type EndedAttempt, type Settling, settleRuns } from './run-settlement.js';
import { recordPoints } from './series-points.js';
import { weighEnds } from './weighed-end.js';

/** Attempts and their events in the database. */
export class SqlAttemptStore implements AttemptStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  append(
    batches: readonly ReportedBatch[],
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<{ results: AppendResult[]; followUp: FollowUp }> {
    return this.#db.transact(async (tx) => {
      const ids = new Set(batches.map((batch) => batch.attemptId));
      const { results, admissions } = admit(batches, await this.#facts(tx, [...ids]));
      const folds = await foldAll(tx, admissions);
      await weighEnds(tx, folds);
      await writeFolds(this.#db, tx, folds, nowMs);
      await recordPoints(this.#db, tx, folds, nowMs);
      const ended = folds.flatMap(endedBy);
      const settled = await settleRuns(this.#db, tx, ended, { policy, nowMs });
      const progress = await progressOf(tx, folds);
      return { results, followUp: joined([progress, settled]) };
    });
  }

  abandon(
    attemptId: string,
    why: AbandonCause,
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<FollowUp> {
    return this.#db.transact(async (tx) => {
      const [attempt] = await this.#facts(tx, [attemptId]);
      if (attempt?.state !== 'running') return followUp({});
      if (why.onlyIf && !(await why.onlyIf(tx))) return followUp({});
      return this.#giveUp(tx, abandoned(attempt, why), { policy, nowMs });
    });
  }

  async #giveUp(tx: Tx, ended: EndedAttempt, at: Settling): Promise<FollowUp> {
    await tx
      .updateTable('attempts')
      .set({ state: 'finished', abandoned: 1, finished_ms: at.nowMs, ...ended.ending })
      .where('id', '=', ended.attempt.id)
      .execute();
    return settleRuns(this.#db, tx, [ended], at);
  }

  async openOf(agent: string): Promise<OpenAttempt[]> {
    const rows = await openAttempts(this.#db.queries).where('attempts.agent', '=', agent).execute();
    return openAttemptsOf(rows);
  }

  async open(attemptId: string): Promise<OpenAttempt | undefined> {
    const rows = await openAttempts(this.#db.queries)
      .where('attempts.id', '=', attemptId)
      .execute();
    return openAttemptsOf(rows)[0];
  }

  async byNumber(runId: string, number: number): Promise<AttemptView | undefined> {
    const rows = await this.#db.queries
      .selectFrom('attempts')
      .selectAll()
      .where('run_id', '=', runId)
      .where('number', '=', number)
      .execute();
    return (await viewsOfAttempts(this.#db.queries, rows))[0];
  }

  events(
    attemptId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ events: AttemptEvent[]; lastSeq: number }> {
    return eventPage(this.#db.queries, attemptId, afterSeq, limit);
  }

  /** Locks attempts and runs: whoever ends them comes one after the other. */
  #facts(tx: Tx, ids: readonly string[]): Promise<AttemptFacts[]> {
    const query = tx
      .selectFrom('attempts')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .select([
        'attempts.id',
        'attempts.run_id',
        'attempts.number',
        'attempts.lease_id',
        'attempts.fence',
        'attempts.board_serial',
        'attempts.agent',
        'attempts.state',
        'attempts.abandoned',
        'attempts.acked_seq',
        'attempts.cases_known',
        'attempts.cases_done',
        'attempts.cases_listed',
        'runs.submission_id',
        'runs.spec_json',
        'runs.health_check',
        'runs.target',
        'runs.image_name',
        'runs.cancel_requested',
      ])
      .where('attempts.id', 'in', ids)
      .orderBy('attempts.id');
    return this.#db.dialect.lockRows(query).execute();
  }
}

async function foldAll(tx: Tx, admissions: readonly Admission[]): Promise<AttemptFold[]> {
  const cases = await storedCases(tx, admissions);
  const byAttempt = new Map(groupedInOrder(cases, (row) => row.attempt_id));
  const folds: AttemptFold[] = [];
  for (const one of admissions) {
    const mentioned = byAttempt.get(one.attempt.id) ?? [];
    const stored = hasRepeats(one.events, mentioned) ? await allCases(tx, one) : mentioned;
    folds.push(foldAttempt(one, stored));
  }
  return folds;
}

/** Names that one query asks for. */
const NAMES_PER_QUERY = 10_000;

async function storedCases(tx: Tx, admissions: readonly Admission[]): Promise<CaseRow[]> {
  const known = admissions.filter((one) => one.attempt.cases_known > 0);
  const names = new Set(known.flatMap((one) => mentionedCases(one.events)));
  const ids = known.map((one) => one.attempt.id);
  const rows: CaseRow[] = [];
  for (const some of chunksFor([...names], 1, NAMES_PER_QUERY)) {
    const query = tx.selectFrom('cases').selectAll().where('attempt_id', 'in', ids);
    rows.push(...(await query.where('name', 'in', some).execute()));
  }
  return rows;
}

function allCases(tx: Tx, { attempt }: Admission): Promise<CaseRow[]> {
  return tx.selectFrom('cases').selectAll().where('attempt_id', '=', attempt.id).execute();
}

function endedBy(fold: AttemptFold): EndedAttempt[] {
  if (!fold.end) return [];
  const { verdict, reason, message } = fold.end;
  return [
    {
      attempt: fold.admission.attempt,
      ending: { verdict, reason, message },
      leaseEnd: 'released',
      casesDone: fold.casesDone,
      casesTotal: casesTotalOf(fold),
      lastSeq: fold.admission.ackedSeq,
      seals: sealsOf(fold.end),
    },
  ];
}

function abandoned(attempt: AttemptFacts, { reason, message }: AbandonCause): EndedAttempt {
  const verdict = reason === 'cancelled' ? 'cancelled' : 'infra';
  return {
    attempt,
    ending: { verdict, reason, message },
    leaseEnd: 'lost',
    casesDone: attempt.cases_done,
    casesTotal: attempt.cases_known,
    lastSeq: attempt.acked_seq,
    seals: [],
  };
}

async function progressOf(tx: Tx, folds: readonly AttemptFold[]): Promise<FollowUp> {
  const runs = [];
  for (const fold of folds) if (!fold.end) runs.push(await updateRunProgress(tx, fold));
  return followUp({ runs: runs.flatMap((row) => (row ? [runView(row)] : [])) });
}
