import type { AgentView, BoardView, RunView, SubmissionView } from '@greenrack/farm-protocol';
import {
  countedSubmission,
  fixtureId,
  makeAgent,
  makeBoard,
  makeRun,
  makeSubmission,
} from './fixture-views.js';

export type FarmMode = 'empty' | 'demo' | 'many';

/** Everything that a fixture controller serves. */
export interface FixtureFarm {
  readonly boards: Map<string, BoardView>;
  readonly agents: Map<string, AgentView>;
  readonly submissions: Map<string, SubmissionView>;
  readonly runs: Map<string, RunView>;
}

const SUITES = [
  'rtos-mutex',
  'rtos-queue',
  'events',
  'storage-kv',
  'netsocket-udp',
  'crypto-aes',
  'lp-ticker',
  'big-output',
  'echo-host',
  'rtc',
  'watchdog',
  'flash-iap',
];
const MESSAGES = {
  pass: '',
  fail: 'tests/rtos/queue/main.cpp:142: Expected 3 Was 4',
  crash: 'Fault exception at 0x2B4E in thread main',
  hang: 'No output for 20 s after case 4 of 6 began',
  infra: 'qemu-system-arm is not installed on virtual-1: apt install qemu-system-arm',
  flaky: 'passed on attempt 2',
} as const;
const REASONS = {
  pass: 'completed',
  fail: 'completed',
  crash: 'crashBlock',
  hang: 'timeout',
  infra: 'boardStartFailed',
  flaky: 'completed',
} as const;

type Outcome = keyof typeof MESSAGES;

function outcome(ordinal: number): Outcome {
  if (ordinal === 3) return 'fail';
  if (ordinal === 5) return 'crash';
  if (ordinal === 6) return 'hang';
  if (ordinal === 8) return 'flaky';
  if (ordinal % 97 === 10) return 'infra';
  return ordinal % 41 === 40 ? 'fail' : 'pass';
}

function finished(run: RunView, startMs: number, verdict: Outcome): RunView {
  return {
    ...run,
    state: 'finished',
    verdict,
    reason: REASONS[verdict],
    message: MESSAGES[verdict],
    attempts: verdict === 'flaky' || verdict === 'infra' ? 2 : 1,
    boardSerial: `virt-${run.ordinal % 2 ? 'cm3ds' : 'm3'}-0${1 + (run.ordinal % 4 > 1 ? 1 : 0)}`,
    casesDone: verdict === 'infra' ? 0 : 6,
    casesTotal: verdict === 'infra' ? null : 6,
    startedMs: startMs,
    finishedMs: startMs + 240 + ((run.ordinal * 7919) % 4000) + (verdict === 'hang' ? 20_000 : 0),
  };
}

function addSubmission(farm: FixtureFarm, number: number, size: number, done: number): void {
  const nowMs = Date.now();
  const createdMs = nowMs - number * number * 340_000 - 42_000;
  const names = [
    'main @ 4f1c9e2: nightly',
    'PR 1842: fix queue overflow in rtos',
    'release 1.4.0-rc2',
    'full matrix',
  ];
  const runs = Array.from({ length: size }, (_, ordinal) => {
    const suite = SUITES[ordinal % SUITES.length] ?? 'suite';
    const run = makeRun(ordinal, {
      id: fixtureId('run', number * 10_000 + ordinal),
      submissionId: fixtureId('sub', number),
      name: size > SUITES.length ? `${suite} #${Math.floor(ordinal / SUITES.length) + 1}` : suite,
      imageName: `${suite}.elf`,
      requirement: {
        target: ordinal % 2 ? 'ARM_CM3DS_MPS2' : 'FVP_MPS2_M3',
        fixtures: [],
        tags: ['virtual'],
      },
      createdMs,
    });
    return ordinal < done ? finished(run, createdMs + 900 + ordinal * 400, outcome(ordinal)) : run;
  });
  for (const run of runs) farm.runs.set(run.id, run);
  const view = makeSubmission(number, {
    name: names[number % names.length] ?? 'suite',
    submitter: ['ci', 'anna', 'github:octo'][number % 3] ?? 'ci',
    createdMs,
  });
  farm.submissions.set(view.id, countedSubmission(view, runs));
}

const LONG_SERIAL = '0240000028884e450019700f6bf0000f8021000097969900';

function addProbe(farm: FixtureFarm, more: Partial<BoardView>): void {
  const board = makeBoard('0240000028884e45001f700f6bf0000f8021000097969900', {
    ...{ agent: 'lab-2', target: 'K64F', driver: 'mbed', availability: 'offline' },
    ...{ cause: 'its agent has not reported it yet', actor: 'inventory', ...more },
  });
  farm.boards.set(board.serial, board);
}

function addDemoBoards(farm: FixtureFarm): void {
  farm.agents.set(
    'virtual-1',
    makeAgent('virtual-1', { host: 'lab-pc', sinceMs: Date.now() - 500_000 }),
  );
  for (const [serial, target] of [
    ['virt-m3-01', 'FVP_MPS2_M3'],
    ['virt-m3-02', 'FVP_MPS2_M3'],
    ['virt-cm3ds-01', 'ARM_CM3DS_MPS2'],
    ['virt-cm3ds-02', 'ARM_CM3DS_MPS2'],
  ] as const)
    farm.boards.set(
      serial,
      makeBoard(serial, { target, sinceMs: Date.now() - 90_000, runsFinished: 412 }),
    );
  farm.agents.set(
    'lab-2',
    makeAgent('lab-2', { version: '', host: '', connected: false, neverSeen: true, boards: 2 }),
  );
  for (const more of [{ name: 'K64F by the window' }, { serial: LONG_SERIAL }])
    addProbe(farm, more);
  const ill = farm.boards.get('virt-cm3ds-02');
  if (ill)
    farm.boards.set(ill.serial, {
      ...ill,
      health: 'suspect',
      cause: 'The console closed in the middle of a run (consoleLost)',
      actor: 'controller',
    });
}

const STATES: readonly Partial<BoardView>[] = [
  { availability: 'offline', cause: 'Agent is not connected', actor: 'controller' },
  { health: 'quarantined', cause: 'Failed 3 health checks in a row', actor: 'controller' },
  { health: 'maintenance', cause: 'Power meter is being recalibrated', actor: 'anna' },
  { health: 'suspect', cause: 'Flash verify failed at 0x0800C000', actor: 'agent' },
];

function addManyBoards(farm: FixtureFarm): void {
  const targets = ['K64F', 'NUCLEO_F429ZI', 'DISCO_L475VG_IOT01A', 'NRF52840_DK', 'LPC55S69_NS'];
  for (let rack = 1; rack <= 25; rack++) {
    const agent = `rack-${rack}`;
    farm.agents.set(
      agent,
      makeAgent(agent, { connected: rack !== 7, boards: 20, sinceMs: Date.now() - rack * 1e7 }),
    );
    for (let slot = 1; slot <= 20; slot++) {
      const number = (rack - 1) * 20 + slot;
      const target = targets[number % targets.length] ?? 'K64F';
      const state = rack === 7 ? STATES[0] : number % 29 === 3 ? STATES[1 + (number % 3)] : {};
      const serial = `${target.slice(0, 4)}-${String(number).padStart(4, '0')}`;
      farm.boards.set(
        serial,
        makeBoard(serial, {
          target,
          agent,
          driver: 'daplink',
          sinceMs: Date.now() - number * 9000,
          ...state,
        }),
      );
    }
  }
}

/** A farm in one of its moods. */
export function fixtureFarm(mode: FarmMode): FixtureFarm {
  const farm: FixtureFarm = {
    boards: new Map(),
    agents: new Map(),
    submissions: new Map(),
    runs: new Map(),
  };
  if (mode === 'empty') return farm;
  if (mode === 'demo') addDemoBoards(farm);
  else addManyBoards(farm);
  addSubmission(farm, 1, mode === 'demo' ? 240 : 2900, 14);
  for (let number = 2; number <= 9; number++) addSubmission(farm, number, 12 * number, 12 * number);
  addSubmission(farm, 11, 5000, 5000);
  return farm;
}
