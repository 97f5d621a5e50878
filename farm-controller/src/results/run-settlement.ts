import { decidingAttempt } from '@greenrack/farm-model';
import type { StreamSeal } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  type AttemptRow,
  avoidFailedBoards,
  type BoardRow,
  boardView,
  FINISHED,
  followUp,
  groupedInOrder,
  putDuty,
  queuedRun,
  type RunRow,
  recordTransitions,
  runMove,
  runSpec,
  runView,
  type StoreDatabase,
  settleSubmissions,
  sinceAt,
  type Tx,
  writeStreams,
} from '../store/for-stages.js';
import type {
  EndedLease,
  FatePolicy,
  FollowUp,
  LeaseEnd,
  RunFate,
  SettlementPolicy,
  StreamRow,
} from '../store/ports.js';
import { weighFaults } from './board-suspicion.js';
import type { AttemptEnding, AttemptFacts } from './event-admission.js';
import { type JudgedAttempt, judgedAttempts, judgedCases } from './judged-cases.js';
import { soundBoards } from './mute-firmware.js';
import { nameTests } from './test-identity.js';

/** An attempt whose own row already says that it is over. */
export interface EndedAttempt {
  readonly attempt: AttemptFacts;
  readonly ending: AttemptEnding;
  readonly leaseEnd: LeaseEnd;
  readonly casesDone: number;
  readonly casesTotal: number | null;
  /** Number of its last event. */
  readonly lastSeq: number;
  /** Of its streams, as far as they are known. */
  readonly seals: readonly StreamSeal[];
}

/** One that has ended before another of the same run. */
type EarlierAttempt = JudgedAttempt &
  Pick<AttemptRow, 'reason' | 'message' | 'cases_done' | 'cases_known'>;

/** What becomes of a run. */
interface Outcome {
  readonly fate: RunFate;
  readonly before: readonly EarlierAttempt[];
  readonly nowMs: number;
}

type Finish = Extract<RunFate, { kind: 'finish' }>;

/** What settles attempts, beside the transaction. */
export interface Settling {
  readonly policy: SettlementPolicy;
  readonly nowMs: number;
}

/** Settles the runs of ended attempts: their fate, their leases, their boards and their submissions. */
export async function settleRuns(
  db: StoreDatabase,
  tx: Tx,
  ended: readonly EndedAttempt[],
  { policy, nowMs }: Settling,
): Promise<FollowUp> {
  if (ended.length === 0) return followUp({});
  await nameTests(
    db,
    tx,
    ended.map(({ attempt }) => attempt),
    nowMs,
  );
  await writeStreams(db, tx, ended.flatMap(streamsOf));
  const earlier = await earlierVerdicts(tx, ended);
  const runs: RunRow[] = [];
  for (const one of ended) {
    const before = earlier.get(one.attempt.run_id) ?? [];
    const fate = await fateOf(tx, one, before, policy.run);
    runs.push(await settleRun(tx, one, { fate, before, nowMs }));
  }
  const boards = await freeBoards(db, tx, ended, runs, { policy, nowMs });
  const submissions = await settleSubmissions(
    tx,
    runs.map((run) => runMove(run, -1)),
    nowMs,
  );
  const change = { submissions, runs: runs.map(runView), boards: boards.map(boardView) };
  return followUp(change, {
    requeued: runs.filter((run) => run.state === 'queued').map(queuedRun),
    freedBoards: boards.filter((board) => board.offline === 0).map((board) => board.serial),
    endedAttempts: ended.map(({ attempt }) => attempt.id),
  });
}

/** Rows for what there is of an attempt; what is empty has none. */
function streamsOf({ attempt, lastSeq, seals }: EndedAttempt): StreamRow[] {
  const attemptId = attempt.id;
  const events = { name: 'events', kind: 'events', bytes: 0, sha256: null } as const;
  const filled = seals.filter(({ bytes }) => bytes > 0);
  const all = lastSeq > 0 ? [events, ...filled] : filled;
  return all.map((stream) => ({ attemptId, ...stream, storedBytes: null }));
}

async function earlierVerdicts(
  tx: Tx,
  ended: readonly EndedAttempt[],
): Promise<Map<string, EarlierAttempt[]>> {
  const retried = ended.filter(({ attempt }) => attempt.number > 1);
  if (retried.length === 0) return new Map();
  const rows = await tx
    .selectFrom('attempts')
    .select(['id', 'run_id', 'verdict', 'reason', 'message', 'cases_done', 'cases_known'])
    .where(
      'run_id',
      'in',
      retried.map(({ attempt }) => attempt.run_id),
    )
    .where(
      'id',
      'not in',
      retried.map(({ attempt }) => attempt.id),
    )
    .where('state', '=', FINISHED)
    .orderBy('number')
    .execute();
  const groups = groupedInOrder(rows, (row) => row.run_id);
  return new Map(groups.map(([id, group]) => [id, judgedAttempts(group)]));
}

/** What becomes of a run; `earlier` are its attempts before this one. */
async function fateOf(
  tx: Tx,
  { attempt, ending }: EndedAttempt,
  earlier: readonly JudgedAttempt[],
  policy: FatePolicy,
): Promise<RunFate> {
  const attempts = [...earlier, { id: attempt.id, verdict: ending.verdict }];
  const { expect, expectCases, retries, maxAttempts } = runSpec(attempt);
  const cases = await judgedCases(tx, attempts, expectCases);
  return policy({
    verdict: ending.verdict,
    reason: ending.reason,
    message: ending.message,
    ...{ expect, retries, maxAttempts },
    ...(cases && { cases }),
    healthCheck: attempt.health_check === 1,
    soundBoards: await soundBoards(tx, { attempt, ending }),
    attemptNumber: attempt.number,
    cancelRequested: attempt.cancel_requested === 1,
    earlier: earlier.map(({ verdict }) => verdict),
  });
}

async function settleRun(tx: Tx, one: EndedAttempt, outcome: Outcome): Promise<RunRow> {
  const { nowMs } = outcome;
  const run = await updateRun(tx, one, outcome);
  if (run.state === 'queued') {
    const duty = { kind: 'expireQueued', subject: run.submission_id } as const;
    await putDuty(tx, { ...duty, dueMs: run.queue_deadline_ms }, nowMs);
  }
  const isFaultAgain = one.attempt.number > 1 && one.ending.verdict === 'infra';
  return run.state === 'queued' && isFaultAgain ? avoidFailedBoards(tx, run) : run;
}

function updateRun(tx: Tx, one: EndedAttempt, outcome: Outcome): Promise<RunRow> {
  const { fate, nowMs } = outcome;
  return tx
    .updateTable('runs')
    .set({
      ...saidOf(one, outcome),
      revision: sql`revision + 1`,
      ...(fate.kind === 'finish'
        ? finished(fate, nowMs)
        : queuedAgain(nowMs + runSpec(one.attempt).queueTimeoutMs)),
    })
    .where('id', '=', one.attempt.run_id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** What stands beside the run's verdict is what the attempt says that gave it, and not later trouble around the code. */
function saidOf({ ending, casesDone, casesTotal }: EndedAttempt, { fate, before }: Outcome) {
  const { verdict, reason, message } = ending;
  const latest = { verdict, reason, message, cases_done: casesDone, cases_known: casesTotal };
  const isOwn = fate.kind !== 'finish' || fate.verdict === 'infra' || fate.verdict === 'cancelled';
  const said = isOwn ? latest : (decidingAttempt([...before, latest]) ?? latest);
  return {
    ...{ reason: said.reason, message: said.message },
    ...{ cases_done: said.cases_done, cases_total: said.cases_known },
  };
}

function finished({ verdict, raw = verdict, message }: Finish, nowMs: number) {
  const fate = { state: 'finished', verdict, raw_verdict: raw, finished_ms: nowMs } as const;
  return message === undefined ? fate : { ...fate, message };
}

/** It keeps its place by its age, but may wait for a board as long as at first. */
function queuedAgain(queue_deadline_ms: number) {
  return {
    state: 'queued',
    ...{ board_serial: null, board_name: null, started_ms: null, queue_deadline_ms },
  } as const;
}

async function freeBoards(
  db: StoreDatabase,
  tx: Tx,
  ended: readonly EndedAttempt[],
  runs: readonly RunRow[],
  { policy, nowMs }: Settling,
): Promise<BoardRow[]> {
  const stateOf = new Map(runs.map((run) => [run.id, run.state]));
  const byId = new Map(ended.map((one) => [one.attempt.id, one]));
  const ends = new Map(ended.map((one) => [one.attempt.id, one.leaseEnd]));
  const freed: BoardRow[] = [];
  const weighed: BoardRow[] = [];
  for (const lease of await policy.endLeases(db, tx, ends, nowMs)) {
    const one = byId.get(lease.attempt_id);
    if (!one) continue;
    const finishedRuns = stateOf.get(one.attempt.run_id) === 'finished' ? 1 : 0;
    const board = await freeBoard(tx, { one, lease }, finishedRuns, nowMs);
    if (!board) continue;
    freed.push(board);
    weighed.push(await weighFaults(db, tx, { one, board }, { policy: policy.board, nowMs }));
  }
  await recordTransitions(
    db,
    tx,
    freed.filter((board) => board.offline === 0),
  );
  return weighed;
}

/** An offline board stays as it is, with its cause and, but for its order, its time; only the lease goes. */
function freeBoard(
  tx: Tx,
  { one, lease }: { one: EndedAttempt; lease: EndedLease },
  finishedRuns: number,
  nowMs: number,
): Promise<BoardRow | undefined> {
  const { attempt, ending, leaseEnd } = one;
  const cause = `attempt ended: ${ending.reason}`;
  const actor = leaseEnd === 'released' ? attempt.agent : 'controller';
  return tx
    .updateTable('boards')
    .set({
      lease_id: null,
      current_json: null,
      runs_finished: sql`runs_finished + ${finishedRuns}`,
      cause: sql`case when offline = 1 then cause else ${cause} end`,
      actor: sql`case when offline = 1 then actor else ${actor} end`,
      since_ms: sql`case when offline = 1 then since_ms + 1 else ${sinceAt(nowMs)} end`,
      transitions: sql`transitions + 1 - offline`,
    })
    .where('serial', '=', lease.board_serial)
    .where('lease_id', '=', lease.id)
    .returningAll()
    .executeTakeFirst();
}
