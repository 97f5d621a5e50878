import {
  type Assignment,
  type AttemptEvent,
  type AttemptVerdict,
  type BoardSpec,
  type CaseExpectations,
  type EndReason,
  type EventBody,
  newId,
  type Origin,
  type RunPartner,
  type RunSpec,
  runSpecSchema,
} from '@greenrack/farm-protocol';
import { endLeases } from '../../src/lease/end-leases.js';
import { Leases } from '../../src/lease/leases.js';
import type {
  FatePolicy,
  LeaseGrant,
  NewSubmission,
  ReportedBatch,
  SettlementPolicy,
  Store,
} from '../../src/store/ports.js';

export const NOW = 1_800_000_000_000;
export const SHA = 'a'.repeat(64);
export const AGENT = 'agent-1';

export function boardSpec(serial: string, more: Partial<BoardSpec> = {}): BoardSpec {
  return {
    serial,
    target: 'K64F',
    model: 'frdm-k64f',
    tags: [],
    fixtures: [],
    wiring: { driver: 'qemu', params: { machine: 'mps2' } },
    ...more,
  };
}

/** Puts boards online for {@link AGENT} and an image into the store. */
export async function prepareFarm(store: Store, serials: readonly string[]): Promise<void> {
  await store.images.put({ sha256: SHA, sizeBytes: 1234, format: 'elf', segments: [] }, NOW);
  await store.boards.sync(
    AGENT,
    serials.map((serial) => boardSpec(serial)),
    NOW - 1,
  );
  const usable = serials.map((serial) => ({ serial, usable: true, detail: 'seen' }));
  await store.boards.report(AGENT, usable, NOW);
}

export interface SubmissionPlan {
  readonly runs: number;
  readonly tenant?: string;
  readonly queueTimeoutMs?: number;
  readonly createdMs?: number;
  readonly maxAttempts?: number;
  readonly expectCases?: CaseExpectations;
  readonly metrics?: RunSpec['metrics'];
  readonly origin?: Origin;
  /** Boards that each run needs beside its own. */
  readonly partners?: number;
  /** Pins the runs to one board. */
  readonly board?: string;
  /** Tags that their boards must have. */
  readonly tags?: readonly string[];
}

export function newSubmission(plan: SubmissionPlan): NewSubmission {
  const createdMs = plan.createdMs ?? NOW;
  return {
    id: newId('sub', createdMs),
    name: 'nightly',
    tenant: plan.tenant ?? 'default',
    submitter: 'ada',
    band: 'normal',
    specJson: '{}',
    ...(plan.origin && { origin: plan.origin }),
    createdMs,
    runs: Array.from({ length: plan.runs }, (_, ordinal) => ({
      id: newId('run', createdMs),
      ordinal,
      name: `test ${ordinal}`,
      imageName: 'test.elf',
      imageSha256: SHA,
      requirementClass: 'K64F',
      spec: runSpecSchema.parse({
        requirement: { target: 'K64F', board: plan.board, tags: plan.tags },
        timeoutMs: 60_000,
        queueTimeoutMs: plan.queueTimeoutMs ?? 3_600_000,
        maxAttempts: plan.maxAttempts,
        expectCases: plan.expectCases,
        metrics: plan.metrics,
        ...(plan.partners && { partners: partners(plan.partners) }),
      }),
    })),
  };
}

/** What runs beside a run's own image: the same, on boards of the same target. */
export function partners(n: number): RunPartner[] {
  return Array.from({ length: n }, (_, i) => ({
    ...{ role: `part-${i + 1}`, imageName: 'test.elf', imageSha256: SHA },
    requirement: { target: 'K64F', fixtures: [], tags: [] },
  }));
}

/** Creates a submission and returns the ids of its runs. */
export async function submit(store: Store, plan: SubmissionPlan): Promise<[string, ...string[]]> {
  const { runs } = await store.submissions.create(newSubmission(plan));
  const [first, ...rest] = runs.map((run) => run.id);
  if (first === undefined) throw new Error('a submission has at least one run');
  return [first, ...rest];
}

export function grant(
  store: Store,
  runId: string,
  boardSerial: string,
  nowMs = NOW,
): Promise<LeaseGrant> {
  const request = { runId, boardSerial, agent: AGENT, ttlMs: 30_000, nowMs };
  return new Leases(store).grant({ ...request, maxConsoleBytes: 1_000_000 });
}

/** Grants, or fails the test. */
export async function granted(
  store: Store,
  runId: string,
  boardSerial: string,
  nowMs = NOW,
): Promise<Assignment> {
  const answer = await grant(store, runId, boardSerial, nowMs);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  return answer.assignment;
}

/** Numbers `bodies` from `from` on. */
export function events(from: number, bodies: readonly EventBody[]): AttemptEvent[] {
  return bodies.map((body, i) => ({ seq: from + i, atUs: (from + i) * 1000, body }));
}

export function batch(
  { attemptId, fence }: Assignment,
  from: number,
  bodies: readonly EventBody[],
): ReportedBatch {
  return { agent: AGENT, attemptId, fence, events: events(from, bodies) };
}

export function ending(verdict: AttemptVerdict, reason: EndReason = 'completed'): EventBody {
  return {
    type: 'attemptEnd',
    verdict,
    reason,
    message: `it was ${verdict}`,
    consoleBytes: 77,
    consoleSha256: SHA,
  };
}

export function caseEnd(name: string, verdict: 'pass' | 'fail', message?: string): EventBody {
  const failures = message === undefined ? [] : [{ message, file: 'main.cpp', line: 12 }];
  return { type: 'caseEnd', name, verdict, durationUs: 1500, failures };
}

/** Infrastructure faults cost an attempt as long as there are any; a pass after a fail is flaky. */
export const fate: FatePolicy = (ended) => {
  if (ended.cancelRequested) return { kind: 'finish', verdict: 'cancelled' };
  if (ended.verdict === 'infra' && ended.attemptNumber < ended.maxAttempts)
    return { kind: 'retry' };
  const flaky = ended.verdict === 'pass' && ended.earlier.includes('fail');
  return { kind: 'finish', verdict: flaky ? 'flaky' : ended.verdict };
};

/** Faults of the infrastructure are counted, and nothing comes of them. */
export const policy: SettlementPolicy = {
  run: fate,
  board: ({ verdict, fault, faults }) => ({
    faults: verdict === 'infra' ? [...faults, fault] : [],
  }),
  endLeases,
};

/** Like {@link policy}; the second fault in a row makes a board suspect. */
export const strict: SettlementPolicy = {
  ...policy,
  board: (ended) => {
    const { faults } = policy.board(ended);
    return faults.length < 2 ? { faults } : { faults, suspect: 'it failed twice' };
  },
};

/** Runs one run to its end on a board. */
export async function finishRun(
  store: Store,
  runId: string,
  boardSerial: string,
  { verdict = 'pass' as AttemptVerdict, nowMs = NOW } = {},
): Promise<Assignment> {
  const order = await granted(store, runId, boardSerial, nowMs);
  await store.attempts.append([batch(order, 1, [ending(verdict)])], nowMs + 5_000, policy);
  return order;
}
