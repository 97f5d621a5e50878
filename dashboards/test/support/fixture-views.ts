import type {
  AgentView,
  BoardView,
  RunView,
  SubmissionView,
  Verdict,
} from '@greenrack/farm-protocol';

/** Views with sensible defaults, for tests and for the fixture farm. */
export const fixtureId = (prefix: string, number: number) =>
  `${prefix}_${String(number).padStart(23, '0')}`;

export const WALL_MS = Date.UTC(2026, 2, 9, 13, 5, 0);

export function makeBoard(serial: string, more: Partial<BoardView> = {}): BoardView {
  return {
    serial,
    target: 'FVP_MPS2_M3',
    model: 'fvp-mps2-m3',
    agent: 'virtual-1',
    tags: ['virtual'],
    fixtures: [],
    driver: 'qemu',
    availability: 'idle',
    health: 'good',
    cause: 'ready after its health check',
    actor: 'agent virtual-1',
    sinceMs: WALL_MS,
    current: null,
    runsFinished: 0,
    ...more,
  };
}

export function makeAgent(name: string, more: Partial<AgentView> = {}): AgentView {
  return {
    name,
    version: '0.1.0',
    host: `${name}.lab`,
    connected: true,
    sinceMs: WALL_MS,
    boards: 4,
    ...more,
  };
}

export function makeRun(ordinal: number, more: Partial<RunView> = {}): RunView {
  return {
    id: fixtureId('run', ordinal),
    submissionId: fixtureId('sub', 1),
    ordinal,
    name: `suite-${ordinal}`,
    imageName: 'suite.elf',
    imageSha256: 'a'.repeat(64),
    requirement: { target: 'FVP_MPS2_M3', fixtures: [], tags: [] },
    band: 'normal',
    state: 'queued',
    verdict: null,
    reason: null,
    message: '',
    attempts: 0,
    boardSerial: null,
    casesDone: 0,
    casesTotal: null,
    createdMs: WALL_MS,
    startedMs: null,
    finishedMs: null,
    revision: 1,
    ...more,
  };
}

export function makeSubmission(number: number, more: Partial<SubmissionView> = {}): SubmissionView {
  return {
    id: fixtureId('sub', number),
    name: `Nightly ${number}`,
    tenant: 'default',
    submitter: 'ci',
    band: 'normal',
    state: 'finished',
    cancelled: false,
    runsTotal: 0,
    runsFinished: 0,
    runsRunning: 0,
    verdicts: {},
    createdMs: WALL_MS + number * 1000,
    finishedMs: null,
    revision: 1,
    ...more,
  };
}

/** Totals of a submission, counted from its runs. */
export function countedSubmission(view: SubmissionView, runs: readonly RunView[]): SubmissionView {
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of runs) if (verdict) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  const finished = runs.filter((run) => run.state === 'finished');
  const done = finished.length === runs.length;
  return {
    ...view,
    verdicts,
    runsTotal: runs.length,
    runsFinished: finished.length,
    runsRunning: runs.filter((run) => run.state === 'running').length,
    state: done ? 'finished' : 'active',
    finishedMs: done ? Math.max(...runs.map((run) => run.finishedMs ?? 0)) : null,
    revision: view.revision + 1,
  };
}
