import { boardsOf, MAIN_ROLE } from '@greenrack/farm-model';
import {
  type AssignedImage,
  type Assignment,
  type BoardSpec,
  type BoardView,
  FarmError,
  newId,
  type PartnerOrder,
  type Recovery,
  runOrderSchema,
} from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  type BoardRow,
  boardView,
  faultyBoards,
  groupedInOrder,
  isToAvoid,
  parseJson,
  QUEUED,
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
} from '../store/for-stages.js';
import type { LeaseGrant, LeaseRequest, QueuedRun } from '../store/ports.js';

/** Rolls the transaction back: the run stays queued. */
class BoardTaken extends Error {}
/** Likewise: it is to wait for another board. */
class OtherBoard extends Error {
  constructor(readonly run: QueuedRun) {
    super();
  }
}

/** A board that the attempt is to have, under a lease of its own. */
interface Seat {
  readonly serial: string;
  readonly leaseId: string;
}

interface Plan {
  readonly attemptId: string;
  /** The run's own board first, then its partners' in their order. */
  readonly seats: readonly [Seat, ...Seat[]];
}

/** Takes the run, then the board, and writes lease and attempt: all of it or nothing. */
export async function grantLease(db: StoreDatabase, request: LeaseRequest): Promise<LeaseGrant> {
  const { nowMs, boardSerial, partners = [] } = request;
  const seat = (serial: string): Seat => ({ serial, leaseId: newId('lea', nowMs) });
  const seats = [seat(boardSerial), ...partners.map(({ serial }) => seat(serial))] as const;
  const plan = { attemptId: newId('att', nowMs), seats } satisfies Plan;
  try {
    return await db.transact((tx) => grantIn(db, tx, request, plan));
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
  plan: Plan,
): Promise<LeaseGrant> {
  const run = await takeRun(tx, request);
  if (!run) return { kind: 'runGone' };
  if (await isToAvoid(tx, run, request.boardSerial)) throw new OtherBoard(queuedRun(run));
  const boards = await takeBoards(tx, request, run, plan);
  const order = await orderOf(tx, { run, boards, plan }, request);
  const assignment = { ...order, recovery: await recoveryOf(tx, run, order) };
  await insertAttempt(tx, request, assignment);
  await insertLeases(tx, request, assignment);
  await recordTransitions(db, tx, boards);
  const submissions = await settleSubmissions(tx, [runMove(run, 1)], request.nowMs);
  const change = { submissions, runs: [runView(run)], boards: boards.map(boardView) };
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

/**
 * All boards of the plan, in its order, or none. They are taken in the order of their serials: two transactions that want
 * the same ones do not wait for each other.
 * @throws BoardTaken
 */
async function takeBoards(
  tx: Tx,
  request: LeaseRequest,
  run: RunRow,
  { attemptId, seats }: Plan,
): Promise<BoardRow[]> {
  const taken = new Map<string, BoardRow>();
  for (const [, [seat]] of groupedInOrder(seats, ({ serial }) => serial)) {
    const board = seat && (await takeBoard(tx, request, run, { ...seat, attemptId }));
    if (!board) throw new BoardTaken();
    taken.set(board.serial, board);
  }
  return seats.flatMap(({ serial }) => taken.get(serial) ?? []);
}

/** Only a board that its agent offers, that nobody holds, and that is trusted; or suspect, for its health check. */
function takeBoard(
  tx: Tx,
  request: LeaseRequest,
  run: RunRow,
  { serial, leaseId, attemptId }: Seat & { readonly attemptId: string },
): Promise<BoardRow | undefined> {
  const current: BoardView['current'] = {
    runId: run.id,
    runName: run.name,
    submissionId: run.submission_id,
    attemptId,
    startedMs: request.nowMs,
  };
  return tx
    .updateTable('boards')
    .set({
      fence: sql`fence + 1`,
      lease_id: leaseId,
      current_json: JSON.stringify(current),
      cause: `runs ${run.name}`,
      actor: 'scheduler',
      since_ms: sinceAt(request.nowMs),
      transitions: sql`transitions + 1`,
    })
    .where('serial', '=', serial)
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

async function imageOf(tx: Tx, run: RunRow, { name, sha256 }: ImageName): Promise<AssignedImage> {
  const image = await tx
    .selectFrom('images')
    .select(['size_bytes', 'format'])
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (image) return { sha256, sizeBytes: image.size_bytes, name, format: image.format };
  throw new FarmError(
    'internal',
    `run ${run.id} names image ${sha256}, which the database has not`,
  );
}

interface ImageName {
  readonly name: string;
  readonly sha256: string;
}

interface Taken {
  readonly run: RunRow;
  readonly boards: readonly BoardRow[];
  readonly plan: Plan;
}

async function orderOf(
  tx: Tx,
  { run, boards, plan }: Taken,
  request: LeaseRequest,
): Promise<Assignment> {
  const spec = runSpec(run);
  const [own, ...others] = boards.map((board, i) => onBoard(board, plan.seats[i]));
  const wanted = spec.partners ?? [];
  if (!own || others.length !== wanted.length)
    throw new FarmError('internal', `run ${run.id} needs ${wanted.length + 1} boards`);
  const partners: PartnerOrder[] = [];
  for (const [i, { imageName: name, imageSha256: sha256, ...partner }] of wanted.entries()) {
    const image = await imageOf(tx, run, { name, sha256 });
    const { role } = partner;
    const seat = others[i] ?? own;
    partners.push({ ...runOrderSchema.parse(partner), role, ...seat, image });
  }
  const { role = MAIN_ROLE, link = 'rack' } = spec;
  return {
    ...{ attemptId: plan.attemptId, runId: run.id, runName: run.name },
    attemptNumber: run.attempts,
    leaseTtlMs: request.ttlMs,
    ...own,
    image: await imageOf(tx, run, { name: run.image_name, sha256: run.image_sha256 }),
    ...runOrderSchema.parse(spec),
    timeoutMs: spec.timeoutMs,
    maxConsoleBytes: request.maxConsoleBytes,
    // What a suspect board holds beside its image may be what is wrong with it, or what a stranger has left there.
    ...(run.health_check === 1 && { erase: true }),
    ...(spec.partners && { role, partners, link }),
  };
}

type OnBoard = Pick<Assignment, 'leaseId' | 'fence' | 'board' | 'boardEpoch'>;

function onBoard(board: BoardRow, seat: Seat | undefined): OnBoard {
  return {
    leaseId: seat?.leaseId ?? '',
    fence: board.fence,
    board: parseJson<BoardSpec>(board.spec_json),
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
      test_id: null,
    })
    .execute();
}

async function insertLeases(tx: Tx, request: LeaseRequest, order: Assignment): Promise<void> {
  const rows = boardsOf(order).map(({ leaseId, board, fence }) => ({
    id: leaseId,
    attempt_id: order.attemptId,
    board_serial: board.serial,
    agent: request.agent,
    fence,
    state: 'active' as const,
    granted_ms: request.nowMs,
    expires_ms: request.nowMs + request.ttlMs,
    ended_ms: null,
  }));
  await tx.insertInto('leases').values(rows).execute();
}
