import type { BoardView, RunView, SubmissionView } from '@greenrack/farm-protocol';
import { fixtureConsole, fixtureDetail } from './fixture-attempts.js';
import type { FixtureFarm } from './fixture-farm.js';
import { countedSubmission } from './fixture-views.js';

export interface WorkListener {
  board(view: BoardView): void;
  submission(view: SubmissionView): void;
  run(view: RunView): void;
  console(attemptId: string, offset: number, data: Uint8Array): void;
}

const TICK_MS = 250;

/** Keeps the fixture farm busy: boards take runs, runs print and end. */
export class FixtureWork {
  readonly #farm: FixtureFarm;
  readonly #tell: WorkListener;
  #ticks = 0;

  constructor(farm: FixtureFarm, tell: WorkListener) {
    this.#farm = farm;
    this.#tell = tell;
  }

  start(): void {
    setInterval(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#ticks += 1;
    const boards = [...this.#farm.boards.values()].filter(
      (board) => board.availability !== 'offline' && board.health === 'good',
    );
    for (const [index, board] of boards.entries())
      if (board.current) this.#print(board.current.runId, board);
      else if ((this.#ticks + index) % 4 === 0) this.#take(board);
    // The first board keeps its run, so that there is always one to look at.
    for (const board of boards.slice(1))
      if (board.current && Date.now() - board.current.startedMs > 6000) this.#end(board);
  }

  #take(board: BoardView): void {
    const run = [...this.#farm.runs.values()].find((one) => one.state === 'queued');
    if (!run) return;
    const nowMs = Date.now();
    this.#setRun({
      ...run,
      state: 'running',
      boardSerial: board.serial,
      attempts: 1,
      startedMs: nowMs,
      casesDone: 2,
      casesTotal: 6,
    });
    const current = {
      runId: run.id,
      runName: run.name,
      submissionId: run.submissionId,
      attemptId: fixtureDetail({ ...run, state: 'running', attempts: 1 }).attemptList[0]?.id ?? '',
      startedMs: nowMs,
    };
    this.#setBoard({
      ...board,
      availability: 'leased',
      current,
      sinceMs: nowMs,
      cause: `leased for ${run.name}`,
      actor: 'scheduler',
    });
  }

  #print(runId: string, board: BoardView): void {
    const run = this.#farm.runs.get(runId);
    if (run?.state !== 'running' || !board.current) return;
    const log = fixtureConsole(run);
    const offset = log.bytes;
    const data = log.add(
      log.lastUs + TICK_MS * 1000,
      'rx',
      `[${this.#ticks}] worker ${board.serial} alive, queue depth ${this.#ticks % 17}\r\n`,
    );
    this.#tell.console(board.current.attemptId, offset, data);
  }

  #end(board: BoardView): void {
    const run = this.#farm.runs.get(board.current?.runId ?? '');
    if (run)
      this.#setRun({
        ...run,
        state: 'finished',
        verdict: 'pass',
        reason: 'completed',
        casesDone: 6,
        finishedMs: Date.now(),
      });
    this.#setBoard({
      ...board,
      availability: 'idle',
      current: null,
      sinceMs: Date.now(),
      cause: 'ready',
      runsFinished: board.runsFinished + 1,
    });
  }

  #setRun(run: RunView): void {
    const next = { ...run, revision: run.revision + 1 };
    this.#farm.runs.set(run.id, next);
    this.#tell.run(next);
    const view = this.#farm.submissions.get(run.submissionId);
    if (!view) return;
    const runs = [...this.#farm.runs.values()].filter((one) => one.submissionId === view.id);
    const counted = countedSubmission(view, runs);
    this.#farm.submissions.set(view.id, counted);
    this.#tell.submission(counted);
  }

  #setBoard(board: BoardView): void {
    this.#farm.boards.set(board.serial, board);
    this.#tell.board(board);
  }
}
