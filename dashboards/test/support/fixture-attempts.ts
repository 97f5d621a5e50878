import {
  type AttemptEvent,
  type AttemptView,
  attemptVerdictSchema,
  type EventBody,
  type RunDetail,
  type RunView,
} from '@greenrack/farm-protocol';
import {
  CASE_NAMES,
  type ConsoleKind,
  CRASH_LINES,
  type FixtureLog,
  fixtureLog,
} from './fixture-console.js';
import { fixtureId } from './fixture-views.js';

const CRASH = {
  message: 'Fault exception',
  lines: CRASH_LINES,
  symbols: ['PC 0x00002b4e: reads_nowhere at firmware/apps/crash/main.c:8'],
  status: '0x80FF013D',
  location: '0x2B4E',
  thread: 'main',
};
const FAILURE = { message: 'Expected 3 Was 4', file: 'tests/rtos/queue/main.cpp', line: 142 };

function bodies(run: RunView): EventBody[] {
  const done = run.state === 'finished';
  const ran = CASE_NAMES.slice(0, done ? CASE_NAMES.length : 2);
  const list: EventBody[] = [
    {
      type: 'attemptBegin',
      boardSerial: run.boardSerial ?? 'x',
      target: 'FVP_MPS2_M3',
      wallMs: run.createdMs,
    },
    { type: 'phaseBegin', phase: 'prepare' },
    { type: 'phaseEnd', phase: 'prepare', ok: true },
    { type: 'phaseBegin', phase: 'flash' },
    { type: 'phaseEnd', phase: 'flash', ok: true },
    { type: 'phaseBegin', phase: 'run' },
    { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 20_000, hostTest: 'default_auto' },
    { type: 'casesListed', names: [...CASE_NAMES] },
  ];
  for (const [index, name] of ran.entries()) {
    const failed = run.verdict === 'fail' && index === 2;
    list.push({ type: 'caseBegin', name });
    list.push({
      type: 'caseEnd',
      name,
      verdict: failed ? 'fail' : run.verdict === 'crash' && index === 5 ? 'crash' : 'pass',
      durationUs: 41_300 + index * 1700,
      failures: failed ? [FAILURE] : [],
    });
  }
  if (!done) return [...list, { type: 'caseBegin', name: CASE_NAMES[2] ?? '' }];
  for (const [name, value, unit] of [
    ['context switch', 412, 'cycles'],
    ['heap high water', 18_432, 'bytes'],
    ['interrupt latency', 1.28, 'us'],
  ] as const)
    list.push({ type: 'metric', metric: { name, value, unit, direction: 'lower' } });
  if (run.verdict === 'crash') list.push({ type: 'crash', crash: CRASH });
  list.push({ type: 'phaseEnd', phase: 'run', ok: true });
  list.push({ type: 'phaseBegin', phase: 'collect' });
  list.push({ type: 'phaseEnd', phase: 'collect', ok: true });
  list.push({ type: 'phaseBegin', phase: 'restore' });
  list.push({ type: 'note', text: 'The board answered its health check in 12 ms.' });
  list.push({ type: 'phaseEnd', phase: 'restore', ok: true });
  list.push({
    type: 'attemptEnd',
    verdict: attemptVerdictSchema.safeParse(run.verdict).data ?? 'pass',
    reason: run.reason ?? 'completed',
    message: run.message,
    consoleBytes: 0,
    consoleSha256: '0'.repeat(64),
  });
  return list;
}

/** Numbered events of an attempt. */
export function fixtureEvents(run: RunView): AttemptEvent[] {
  return bodies(run).map((body, index) => ({ seq: index + 1, atUs: index * 18_500 + 400, body }));
}

function infraAttempt(run: RunView): AttemptView {
  return {
    ...plainAttempt(run, 1),
    id: fixtureId('att', run.ordinal * 10 + 1),
    verdict: 'infra',
    reason: 'consoleLost',
    state: 'finished',
    message: 'The pseudo-terminal of virt-m3-01 closed while case 2 ran.',
    cases: [],
    metrics: [],
    crash: null,
  };
}

function plainAttempt(run: RunView, number: number): AttemptView {
  const ends = fixtureEvents(run).flatMap(({ body }) => (body.type === 'caseEnd' ? [body] : []));
  return {
    id: fixtureId('att', run.ordinal * 10 + number),
    number,
    boardSerial: run.boardSerial ?? 'virt-m3-01',
    agent: 'virtual-1',
    state: run.state === 'finished' ? 'finished' : 'running',
    verdict: run.verdict,
    reason: run.reason,
    message: run.message,
    startedMs: run.startedMs ?? run.createdMs,
    finishedMs: run.finishedMs,
    consoleBytes: 0,
    cases: CASE_NAMES.map((name, ordinal) => ({
      ordinal,
      name,
      verdict: ends[ordinal]?.verdict ?? null,
      durationUs: ends[ordinal]?.durationUs ?? null,
      failures: ends[ordinal]?.failures ?? [],
    })),
    metrics: fixtureEvents(run).flatMap(({ body }) =>
      body.type === 'metric' ? [body.metric] : [],
    ),
    crash: run.verdict === 'crash' ? CRASH : null,
  };
}

/** A run with its attempts. */
export function fixtureDetail(run: RunView): RunDetail {
  const path = `/srv/greenrack/${'a-folder-with-a-long-name/'.repeat(8)}qemu-system-arm`;
  const waiting =
    run.ordinal % 2 === 0
      ? {
          reason: `2 boards out of service: virt-m3-01 is offline (no ${path})`,
          ...{ position: 1, etaMs: null, blocked: true },
        }
      : {
          reason: 'All 2 boards with target ARM_CM3DS_MPS2 are busy.',
          ...{ position: 3, etaMs: 95_000 },
        };
  if (run.state === 'queued') return { ...run, attemptList: [], waiting };
  const last = plainAttempt(run, run.attempts);
  const before = run.attempts > 1 ? [infraAttempt(run)] : [];
  return { ...run, attemptList: [...before, last], waiting: null };
}

const KINDS: Partial<Record<string, ConsoleKind>> = { fail: 'fail', crash: 'crash', flaky: 'pass' };
const logs = new Map<string, FixtureLog>();

/** The console of a run's latest attempt; made once. */
export function fixtureConsole(run: RunView): FixtureLog {
  const known = logs.get(run.id);
  if (known) return known;
  const kind =
    run.state === 'running'
      ? 'live'
      : run.name.includes('big')
        ? 'big'
        : (KINDS[run.verdict ?? ''] ?? 'pass');
  const log = fixtureLog(kind, run.startedMs ?? run.createdMs);
  logs.set(run.id, log);
  return log;
}
