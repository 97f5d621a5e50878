import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Assignment,
  AttemptVerdict,
  BoardView,
  EndReason,
  RunView,
} from '@greenrack/farm-protocol';
import { afterEach, beforeEach } from '@jest/globals';
import { bin } from '../web/support/images.js';
import { endEvent, type FakeAgent, granted, smallLog } from './fake-agent.js';
import { ManualClock } from './manual-clock.js';
import { board, need, StageFarm, type StageFarmPlan } from './stage-farm.js';

export const racks = { 'rack-1': [board('B1'), board('B2')] };
/** A farm in which two faults in a row make a board suspect; new for each test of a file that imports them. */
export let dir: string;
export let farm: StageFarm;
export let plan: StageFarmPlan;
export let clock: ManualClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gr-golden-'));
  const path = join(dir, 'golden.bin');
  writeFileSync(path, bin());
  const goldenImages = new Map([['k64f', { path, timeoutMs: 5_000 }]]);
  clock = new ManualClock();
  // No lease runs out while time goes by.
  plan = { racks, clock, suspectAfter: 2, goldenImages, leaseTtlMs: 600_000 };
});
afterEach(async () => {
  await farm.stop();
  rmSync(dir, { recursive: true, force: true });
});

export async function joined(changes: Partial<StageFarmPlan> = {}): Promise<FakeAgent> {
  farm = await StageFarm.start({ ...plan, ...changes });
  const agent = farm.agent('rack-1');
  await agent.join();
  return agent;
}

/** Has two runs fail on B1, whose next order is then number `orders` + 2. */
export async function spoil(agent: FakeAgent, orders = 0): Promise<void> {
  for (const index of [0, 1]) {
    await farm.submit([need({ board: 'B1' })], { spec: { maxAttempts: 1 } });
    await agent.complete(await agent.order(orders + index), 'infra');
  }
}

/** Ends an attempt with a reason of its own. */
export async function finish(
  agent: FakeAgent,
  order: Assignment,
  verdict: AttemptVerdict,
  reason: EndReason,
) {
  const log = smallLog();
  granted(await agent.console(order, 0, log));
  const body = { ...endEvent(log, verdict), reason, message: 'it says' };
  granted(await agent.events(order, [{ seq: 1, atUs: 0, body } as never]));
}

/** Resolves when the news say so. */
export const becomes = (serial: string, health: BoardView['health']) =>
  farm.until(`${serial} ${health}`, () => farm.boards.get(serial)?.health === health);

/** Resolves to the run that examines B1, once it is committed. */
export async function checkQueued(): Promise<RunView> {
  const isCheck = ({ name }: RunView) => name === 'health check of B1';
  await farm.until('a check', () => [...farm.runs.values()].some(isCheck));
  const run = [...farm.runs.values()].find(isCheck);
  if (!run) throw new Error('no check');
  return run;
}

/** Lets time go by, from one look for a golden image to the next, until what is awaited has come. */
export async function passUntil<T>(awaited: Promise<T>): Promise<T> {
  let isOver = false;
  const done = awaited.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([clock.armedWithin(5_000), done]);
    if (!isOver) clock.advance(5_000);
  }
  return done;
}

export async function checkSubmissions() {
  const { items } = await farm.store.submissions.list({ limit: 100 });
  return items.filter(({ tenant }) => tenant === 'farm');
}

/** Another controller process after the one that runs. */
export async function restarted(changes: Partial<StageFarmPlan> = {}): Promise<void> {
  farm = await StageFarm.again(farm, { ...plan, ...changes });
}
