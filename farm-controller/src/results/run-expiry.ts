import {
  boardNeed,
  FINISHED,
  finishQueued,
  followUp,
  groupedInOrder,
  joined,
  QUEUED,
  type QueueEnd,
  type RunRow,
  runMove,
  runSpec,
  runView,
  type StoreDatabase,
  settleSubmissions,
  type Tx,
} from '../store/for-stages.js';
import type { FatePolicy, FollowUp, QueueExpiry } from '../store/ports.js';
import { judgedAttempts, judgedCases } from './judged-cases.js';

/** Runs that one transaction ends at most. */
const EXPIRY_PAGE = 500;

/**
 * Ends queued runs of a submission whose queue deadline has passed: as `infra`, reason `noBoard`, unless an earlier
 * attempt has said what the policy keeps. `nextMs`: when the next of them is due.
 */
export async function expireRuns(
  db: StoreDatabase,
  { submissionId, nowMs }: { submissionId: string; nowMs: number },
  expiry: QueueExpiry,
): Promise<{ ended: FollowUp; nextMs: number | undefined }> {
  const pages: FollowUp[] = [];
  for (let more = true; more; ) {
    const page = await expirePage(db, { submissionId, nowMs }, expiry);
    pages.push(page.ended);
    more = page.more;
  }
  return { ended: joined(pages), nextMs: await nextDeadlineMs(db, submissionId) };
}

async function nextDeadlineMs(
  { queries }: StoreDatabase,
  submissionId: string,
): Promise<number | undefined> {
  const next = await queries
    .selectFrom('runs')
    .select((eb) => eb.fn.min('queue_deadline_ms').as('ms'))
    .where('submission_id', '=', submissionId)
    .where('state', '=', QUEUED)
    .executeTakeFirst();
  return next?.ms ?? undefined;
}

/** Ends up to {@link EXPIRY_PAGE} queued runs of a submission that are past their deadline. */
async function expirePage(
  db: StoreDatabase,
  { submissionId, nowMs }: { submissionId: string; nowMs: number },
  { why, policy }: QueueExpiry,
): Promise<{ ended: FollowUp; more: boolean }> {
  return db.transact(async (tx) => {
    const due = await dueRuns(db, tx, { submissionId, nowMs });
    const rows: RunRow[] = [];
    for (const [, group] of groupedInOrder(due, needKey)) {
      const [first] = group;
      if (!first) continue;
      const message = why(boardNeed(first));
      const noBoard = { verdict: 'infra', reason: 'noBoard', message, nowMs } as const;
      const untried = group.filter((run) => run.attempts === 0).map((run) => run.id);
      rows.push(...(await finishQueued(tx, untried, noBoard)));
      for (const run of group)
        if (run.attempts > 0)
          rows.push(
            ...(await finishQueued(tx, [run.id], await endOfTried(tx, run, policy, noBoard))),
          );
    }
    const moves = rows.map((run) => runMove(run, 0));
    const submissions = await settleSubmissions(tx, moves, nowMs);
    const ended = followUp({ submissions, runs: rows.map(runView) });
    return { ended, more: due.length === EXPIRY_PAGE };
  });
}

/** Runs with the same key wait for the same boards. */
function needKey(run: DueRun): string {
  return JSON.stringify(boardNeed(run));
}

type DueRun = Awaited<ReturnType<typeof dueRuns>>[number];

/** The first attempt that gave the verdict also gives the reason. */
async function endOfTried(
  tx: Tx,
  run: DueRun,
  policy: FatePolicy,
  noBoard: QueueEnd,
): Promise<QueueEnd> {
  const tries = await tx
    .selectFrom('attempts')
    .select(['id', 'verdict', 'reason', 'message'])
    .where('run_id', '=', run.id)
    .where('state', '=', FINISHED)
    .orderBy('number')
    .execute();
  const spec = runSpec(run);
  const cases = await judgedCases(tx, judgedAttempts(tries), spec.expectCases);
  const fate = policy({
    ...{ verdict: noBoard.verdict, reason: noBoard.reason, message: noBoard.message },
    ...{ attemptNumber: run.attempts, maxAttempts: spec.maxAttempts, cancelRequested: false },
    ...{ expect: spec.expect, retries: spec.retries, healthCheck: run.health_check === 1 },
    soundBoards: 0,
    ...(cases && { cases }),
    earlier: tries.flatMap((one) => one.verdict ?? []),
  });
  if (fate.kind === 'retry' || (fate.raw ?? fate.verdict) === 'infra') return noBoard;
  const { verdict, raw = verdict } = fate;
  const said = tries.find((one) => one.verdict === raw);
  const { reason = null, message = noBoard.message } = said ?? {};
  return { verdict, raw, reason: reason ?? noBoard.reason, message, nowMs: noBoard.nowMs };
}

function dueRuns(
  db: StoreDatabase,
  tx: Tx,
  { submissionId, nowMs }: { submissionId: string; nowMs: number },
) {
  const due = tx
    .selectFrom('runs')
    .select(['id', 'spec_json', 'avoid_json', 'health_check', 'attempts'])
    .where('submission_id', '=', submissionId)
    .where('state', '=', QUEUED)
    .where('queue_deadline_ms', '<=', nowMs)
    .orderBy('queue_deadline_ms')
    .limit(EXPIRY_PAGE);
  return db.dialect.lockRows(due).execute();
}
