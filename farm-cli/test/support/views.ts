import type { BoardView, RunView, SubmissionView } from '@greenrack/farm-protocol';

const id = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(23, '0')}`;
export const SUBMISSION_ID = id('sub', 1);
export const runId = (n: number): string => id('run', n);
export const attemptId = (n: number): string => id('att', n);

export function runView(n: number, more: Partial<RunView> = {}): RunView {
  return {
    id: runId(n),
    submissionId: SUBMISSION_ID,
    ordinal: n,
    name: `run ${n}`,
    imageName: 'pass.elf',
    imageSha256: 'a'.repeat(64),
    requirement: { target: 'K64F', fixtures: [], tags: [] },
    band: 'normal',
    state: 'queued',
    verdict: null,
    reason: null,
    message: '',
    attempts: 0,
    boardSerial: null,
    casesDone: 0,
    casesTotal: null,
    createdMs: 1_700_000_000_000,
    startedMs: null,
    finishedMs: null,
    revision: 1,
    ...more,
  };
}

export function submissionView(more: Partial<SubmissionView> = {}): SubmissionView {
  return {
    id: SUBMISSION_ID,
    name: 'some',
    tenant: 'default',
    submitter: 'me',
    band: 'normal',
    state: 'active',
    cancelled: false,
    runsTotal: 0,
    runsFinished: 0,
    runsRunning: 0,
    verdicts: {},
    createdMs: 1_700_000_000_000,
    finishedMs: null,
    revision: 1,
    ...more,
  };
}

export function boardView(serial: string): BoardView {
  return {
    serial,
    target: 'K64F',
    model: 'k64f',
    agent: 'pi-1',
    tags: ['nightly'],
    fixtures: [],
    driver: 'qemu',
    availability: 'idle',
    health: 'good',
    cause: '',
    actor: 'farm',
    sinceMs: 1_700_000_000_000,
    current: null,
    runsFinished: 3,
  };
}
