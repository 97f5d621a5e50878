/*
 * Assign latency: from the moment an agent reports the end of an attempt (the board is free) to the moment when the
 * emulator of the next attempt on that board has started. Both are stamped by the agent's own clock, in the events.
 * Baselines of the same run: the messages and durable writes alone, while the same emulators boot; and the idle gap that
 * a farm with a 10 s scheduling tick would have on average (5 s).
 */
import type { AttemptEvent, RunView } from '@greenrack/farm-protocol';
import { imagePath, TestFarm } from '../src/index.js';
import { bareAssign } from './bare-assign.js';
import { report, say } from './report.js';
import { round, summarise } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const RUNS = 200;
const TICK_BASELINE_MS = 5000;

interface Span {
  readonly board: string;
  readonly startedMs: number;
  readonly emulatorMs: number;
  readonly freeMs: number;
}

/** When the attempt began, when its emulator ran, and when its board was free again, on the agent's clock. */
function spanOf(run: RunView, events: readonly AttemptEvent[]): Span {
  const begin = events.find((event) => event.body.type === 'attemptBegin');
  const started = events.find(
    (event) => event.body.type === 'phaseEnd' && event.body.phase === 'flash',
  );
  const end = events.find((event) => event.body.type === 'attemptEnd');
  if (begin?.body.type !== 'attemptBegin' || !started || !end)
    throw new Error(`run ${run.id} has no whole record`);
  const at = (event: AttemptEvent) =>
    (begin.body as { wallMs: number }).wallMs + (event.atUs - begin.atUs) / 1000;
  return {
    board: run.boardSerial ?? '',
    startedMs: at(begin),
    emulatorMs: at(started),
    freeMs: at(end),
  };
}

interface Gap {
  /** Until the emulator of the next attempt is ready. */
  readonly assignMs: number;
  /** Until the agent has begun with it: the farm's part without the start of the board. */
  readonly orderMs: number;
}

function gaps(spans: readonly Span[]): Gap[] {
  const byStart = [...spans].sort((a, b) => a.startedMs - b.startedMs);
  const freeSince = new Map<string, number>();
  const found: Gap[] = [];
  for (const span of byStart) {
    const free = freeSince.get(span.board);
    if (free !== undefined)
      found.push({ assignMs: span.emulatorMs - free, orderMs: span.startedMs - free });
    freeSince.set(span.board, span.freeMs);
  }
  return found;
}

/** Latencies of one farm with so many boards, each always with work waiting. */
async function measure(boards: number): Promise<Gap[]> {
  const farm = await TestFarm.start({
    racks: [{ agent: 'bench', boards: { 'fvp-mps2-m3': boards } }],
  });
  try {
    const repeated = { image: 'smallest.elf', target: TARGET, repeat: RUNS };
    say(`${RUNS} runs on ${boards} board${boards === 1 ? '' : 's'}`);
    const created = await farm.client.submit({ version: 1, name: 'assign', runs: [repeated] }, [
      imagePath(TARGET, 'smallest'),
    ]);
    await farm.client.finished(created.submission.id, 180_000);
    const spans: Span[] = [];
    for (const run of await farm.client.runs(created.submission.id))
      spans.push(spanOf(run, await farm.client.events(run.id, run.attempts)));
    return gaps(spans);
  } finally {
    await farm.stop();
  }
}

async function main(): Promise<void> {
  // One board has the machine to itself; with two, both processors are busy booting emulators.
  const [alone, busy] = [await measure(1), await measure(2)];
  const assignMs = summarise(alone.map((gap) => gap.assignMs));
  const elf = imagePath(TARGET, 'smallest');
  const [bare, bareBusy] = [await bareAssign(elf, 1, RUNS), await bareAssign(elf, 2, RUNS)].map(
    summarise,
  );
  report('assign', {
    runs: RUNS,
    assignMs,
    orderMs: summarise(alone.map((gap) => gap.orderMs)),
    twoBoardsAssignMs: summarise(busy.map((gap) => gap.assignMs)),
    twoBoardsOrderMs: summarise(busy.map((gap) => gap.orderMs)),
    bareLinkAndDiskMs: bare,
    twoBoardsBareMs: bareBusy,
    baseline: `half of a 10 s scheduling tick, ${TICK_BASELINE_MS} ms`,
    ratio: round(TICK_BASELINE_MS / assignMs.median),
    goal: 'p99 < 50 ms',
  });
}

await main();
