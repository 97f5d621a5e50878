import {
  type Assignment,
  type BoardSpec,
  type BoardView,
  FarmError,
  newId,
  type Recovery,
  runOrderSchema,
} from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { faultyBoards, isToAvoid } from './board-avoidance.js';
import { recordTransitions, sinceAt } from './board-transitions.js';
import type { LeaseGrant, LeaseRequest, QueuedRun } from './ports.js';
import type { BoardRow, ImageRow, RunRow } from './schema.js';
import { QUEUED } from './state-literals.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { runMove, settleSubmissions } from './submission-settlement.js';
import { boardView, parseJson, queuedRun, runSpec, runView } from './views.js';

/** Rolls the transaction back: the run stays queued. */
class BoardTaken extends Error {}
/** Likewise: it is to wait for another board. */
class OtherBoard extends Error {
  constructor(readonly run: QueuedRun) {
    super();
  }
}

interface GrantIds {
  readonly attemptId: string;
  readonly leaseId: string;
}

/** Takes the run, then the board, and writes lease and attempt: all of it or nothing. */
export async function grantLease(db: StoreDatabase, request: LeaseRequest): Promise<LeaseGrant> {
  const ids = {
    attemptId: newId('att', request.nowMs),
    leaseId: newId('lea', request.nowMs),
  };
  try {
    return await db.transact((tx) => grantIn(db, tx, request, ids));
  } catch (error) {
    // A duplicate is the constraint "one active lease per board" (or the same fence twice): another was faster.
    if (error instanceof OtherBoard) return { kind: 'otherBoard', run: error.run };
    if (error instanceof BoardTaken || db.dialect.isDuplicate(error)) return { kind: 'boardTaken' };
    throw error;
  }
}

async function grantIn(
  db: StoreDatabase,
  tx: Tx,
  request: LeaseRequest,
  ids: GrantIds,
): Promise<LeaseGrant> {
  const run = await takeRun(tx, request);
  if (!run) return { kind: 'runGone' };
  if (await isToAvoid(tx, run, request.boardSerial)) throw new OtherBoard(queuedRun(run));
  const board = await takeBoard(tx, request, run, ids);
  if (!board) throw new BoardTaken();
  const order = assignmentOf(run, board, await imageOf(tx, run), request, ids);
  const assignment = { ...order, recovery: await recoveryOf(tx, run, order) };
  await insertAttempt(tx, request, assignment);
  await insertLease(tx, request, assignment);
  await recordTransitions(db, tx, [board]);
  const submissions = await settleSubmissions(tx, [runMove(run, 1)], request.nowMs);
  const change = { submissions, runs: [runView(run)], boards: [boardView(board)] };
  return { kind: 'granted', assignment, change };
}

function takeRun(tx: Tx, request: LeaseRequest): Promise<RunRow | undefined> {
  const { runId, boardSerial, boardName = null, nowMs } = request;
  return tx
    .updateTable('runs')
    .set({
      state: 'running',
      attempts: sql`attempts + 1`,
      board_serial: boardSerial,
      board_name: boardName,
      started_ms: nowMs,
      cases_done: 0,
      cases_total: null,
      revision: sql`revision + 1`,
    })
    .where('id', '=', runId)
    .where('state', '=', QUEUED)
    .returningAll()
    .executeTakeFirst();
}

/** Only a board that its agent offers, that nobody holds, and that is trusted; or suspect, for its health check. */
function takeBoard(
  tx: Tx,
  request: LeaseRequest,
  run: RunRow,
  ids: GrantIds,
): Promise<BoardRow | undefined> {
  const current: BoardView['current'] = {
    runId: run.id,
    runName: run.name,
    submissionId: run.submission_id,
    attemptId: ids.attemptId,
    startedMs: request.nowMs,
  };
  return tx
    .updateTable('boards')
    .set({
      fence: sql`fence + 1`,
      lease_id: ids.leaseId,
      current_json: JSON.stringify(current),
      cause: `runs ${run.name}`,
      actor: 'scheduler',
      since_ms: sinceAt(request.nowMs),
      transitions: sql`transitions + 1`,
    })
    .where('serial', '=', request.boardSerial)
    .where('agent', '=', request.agent)
    .where('lease_id', 'is', null)
    .where('offline', '=', 0)
    .where('removed', '=', 0)
    .where('health', '=', run.health_check === 1 ? 'suspect' : 'good')
    .returningAll()
    .executeTakeFirst();
}

/** By the boards on which the infrastructure failed this run before; a suspect board always starts from cold. */
async function recoveryOf(
  tx: Tx,
  { health_check }: RunRow,
  { runId, attemptNumber, board }: Assignment,
): Promise<Recovery> {
  if (health_check === 1) return 'powerCycle';
  if (attemptNumber === 1) return 'none';
  const faults = await faultyBoards(tx, runId);
  if (faults.length === 0) return 'none';
  return faults.includes(board.serial) ? 'powerCycle' : 'otherBoard';
}

async function imageOf(tx: Tx, run: RunRow): Promise<ImageRow> {
  const image = await tx
    .selectFrom('images')
    .selectAll()
    .where('sha256', '=', run.image_sha256)
    .executeTakeFirst();
  if (image) return image;
  const message = `run ${run.id} names image ${run.image_sha256}, which the database has not`;
  throw new FarmError('internal', message);
}

function assignmentOf(
  run: RunRow,
  board: BoardRow,
  image: ImageRow,
  request: LeaseRequest,
  ids: GrantIds,
): Assignment {
  const spec = runSpec(run);
  return {
    ...ids,
    runId: run.id,
    runName: run.name,
    attemptNumber: run.attempts,
    fence: board.fence,
    leaseTtlMs: request.ttlMs,
    board: parseJson<BoardSpec>(board.spec_json),
    image: {
      sha256: image.sha256,
      sizeBytes: image.size_bytes,
      name: run.image_name,
      format: image.format,
    },
    ...runOrderSchema.parse(spec),
    timeoutMs: spec.timeoutMs,
    maxConsoleBytes: request.maxConsoleBytes,
    // A lease is two transitions, and one more fence: what is over is everything else.
    boardEpoch: board.transitions - 2 * board.fence,
  };
}

async function insertAttempt(tx: Tx, request: LeaseRequest, order: Assignment): Promise<void> {
  await tx
    .insertInto('attempts')
    .values({
      id: order.attemptId,
      run_id: order.runId,
      number: order.attemptNumber,
      lease_id: order.leaseId,
      fence: order.fence,
      board_serial: request.boardSerial,
      board_name: request.boardName ?? null,
      agent: request.agent,
      state: 'running',
      abandoned: 0,
      message: '',
      started_ms: request.nowMs,
      acked_seq: 0,
      console_bytes: 0,
      cases_known: 0,
      cases_done: 0,
      cases_listed: 0,
      assignment_json: JSON.stringify(order),
      verdict: null,
      reason: null,
      finished_ms: null,
      console_sha256: null,
      crash_json: null,
    })
    .execute();
}

async function insertLease(tx: Tx, request: LeaseRequest, order: Assignment): Promise<void> {
  await tx
    .insertInto('leases')
    .values({
      id: order.leaseId,
      attempt_id: order.attemptId,
      board_serial: request.boardSerial,
      agent: request.agent,
      fence: order.fence,
      state: 'active',
      granted_ms: request.nowMs,
      expires_ms: request.nowMs + request.ttlMs,
      ended_ms: null,
    })
    .execute();
}
