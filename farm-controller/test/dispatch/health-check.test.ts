import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assignment, BoardView, EndReason, RunView, Verdict } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endEvent, type FakeAgent, granted, held, smallLog } from '../support/fake-agent.js';
import { ManualClock } from '../support/manual-clock.js';
import { board, need, StageFarm, type StageFarmPlan } from '../support/stage-farm.js';
import { bin } from '../web/support/images.js';

const racks = { 'rack-1': [board('B1'), board('B2')] };
let dir: string;
let farm: StageFarm;
let plan: StageFarmPlan;
let clock: ManualClock;
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

async function joined(): Promise<FakeAgent> {
  farm = await StageFarm.start(plan);
  const agent = farm.agent('rack-1');
  await agent.join();
  return agent;
}

/** Has two runs fail on B1, whose next order is then number `orders` + 2. */
async function spoil(agent: FakeAgent, orders = 0): Promise<void> {
  for (const index of [0, 1]) {
    await farm.submit([need({ board: 'B1' })], { run: { maxAttempts: 1 } });
    await agent.complete(await agent.order(orders + index), 'infra');
  }
}

/** Ends an attempt with a reason of its own. */
async function finish(agent: FakeAgent, order: Assignment, verdict: Verdict, reason: EndReason) {
  const log = smallLog();
  granted(await agent.console(order, 0, log));
  const body = { ...endEvent(log, verdict), reason, message: 'it says' };
  granted(await agent.events(order, [{ seq: 1, atUs: 0, body } as never]));
}

const becomes = (serial: string, health: BoardView['health']) =>
  farm.until(`${serial} ${health}`, () => farm.boards.get(serial)?.health === health);

/** Resolves to the run that examines B1, once it is committed. */
async function checkQueued(): Promise<RunView> {
  const isCheck = ({ name }: RunView) => name === 'health check of B1';
  await farm.until('a check', () => [...farm.runs.values()].some(isCheck));
  const run = [...farm.runs.values()].find(isCheck);
  if (!run) throw new Error('no check');
  return run;
}

/** Lets time go by, from one look for a golden image to the next, until what is awaited has come. */
async function passUntil<T>(awaited: Promise<T>): Promise<T> {
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

async function checkSubmissions() {
  const { items } = await farm.store.submissions.list({ limit: 100 });
  return items.filter(({ tenant }) => tenant === 'farm');
}

describe('a board on which attempt after attempt fails', () => {
  it('gets its golden image and nothing else, from cold, and is good when that passes', async () => {
    const agent = await joined();
    await spoil(agent);
    const order = await agent.order(2);
    expect(order).toMatchObject({
      ...{ runName: 'health check of B1', recovery: 'powerCycle', timeoutMs: 5_000 },
      image: { name: 'golden.bin', format: 'bin' },
    });
    expect(farm.boards.get('B1')).toMatchObject({ health: 'suspect' });
    await agent.complete(order);
    await becomes('B1', 'good');
    const { items } = await farm.store.boards.history('B1', { limit: 1 });
    expect(items).toMatchObject([{ cause: 'its health check passed', actor: 'controller' }]);
    expect(items[0]?.evidence).toBe(`${order.attemptId} (${order.runId})`);
    const [run] = await farm.submit([need({ board: 'B1' })]);
    expect((await agent.order(3)).runId).toBe(run?.id);
  });

  it.each<[Verdict, EndReason]>([
    ['infra', 'flashFailed'],
    ['fail', 'completed'],
    ['hang', 'timeout'],
    ['crash', 'crashBlock'],
  ])('is quarantined when its golden image ends as %s (%s)', async (verdict, reason) => {
    const agent = await joined();
    await spoil(agent);
    await finish(agent, await agent.order(2), verdict, reason);
    await becomes('B1', 'quarantined');
    expect(await farm.store.boards.get('B1')).toMatchObject({
      healthCause: `its health check ended as ${verdict}: it says`,
    });
    expect((await checkSubmissions()).map(({ verdicts }) => verdicts)).toEqual([{ [verdict]: 1 }]);
  });

  it('leaves the work to the others meanwhile', async () => {
    const agent = await joined();
    await spoil(agent);
    const check = await agent.order(2);
    const runs = await farm.submit([need(), need()]);
    const order = await agent.order(3);
    expect(order).toMatchObject({ runId: runs[0]?.id, board: { serial: 'B2' } });
    await finish(agent, check, 'infra', 'flashFailed');
    await becomes('B1', 'quarantined');
    await agent.complete(order);
    expect(await agent.order(4)).toMatchObject({ runId: runs[1]?.id, board: { serial: 'B2' } });
  });

  it('is examined again when not the board but the agent failed the check', async () => {
    const agent = await joined();
    await spoil(agent);
    await finish(agent, await agent.order(2), 'infra', 'agentRestarted');
    const again = await agent.order(3);
    expect(again).toMatchObject({ runName: 'health check of B1', attemptNumber: 2 });
    await agent.complete(again);
    await becomes('B1', 'good');
  });

  it('is quarantined at once when its model has no golden image', async () => {
    plan = { ...plan, goldenImages: new Map() };
    const agent = await joined();
    await spoil(agent);
    await becomes('B1', 'quarantined');
    expect(farm.boards.get('B1')?.healthCause).toBe(
      'no golden image: model k64f names none (goldenImage in models/)',
    );
    expect(await checkSubmissions()).toEqual([]);
  });

  it.each([
    ['is not there', (path: string) => rmSync(path), /golden\.bin cannot be read: .*ENOENT/],
    ['is no image', (path: string) => writeFileSync(path, ''), /golden\.bin: /],
  ])('is quarantined when its golden image %s for a minute', async (_what, spoilImage, cause) => {
    const agent = await joined();
    spoilImage(join(dir, 'golden.bin'));
    const fromMs = clock.now();
    await spoil(agent);
    await passUntil(becomes('B1', 'quarantined'));
    expect(clock.now() - fromMs).toBeGreaterThanOrEqual(60_000);
    expect(farm.boards.get('B1')?.healthCause).toMatch(cause);
  });

  it('waits while its golden image is being built, each time', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    for (const n of [0, 1]) {
      rmSync(path);
      await spoil(agent, 3 * n);
      await clock.armedWithin(5_000);
      clock.advance(50_000);
      writeFileSync(path, bin());
      await agent.complete(await passUntil(agent.order(3 * n + 2)));
      await becomes('B1', 'good');
    }
  });

  it('does not lose its place to a clock that leaps while its golden image is being built', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    rmSync(path);
    await spoil(agent);
    await clock.armedWithin(5_000);
    clock.leap(3_600_000);
    clock.advance(1);
    await clock.armedWithin(5_000);
    expect(farm.boards.get('B1')?.health).toBe('suspect');
    writeFileSync(path, bin());
    await agent.complete(await passUntil(agent.order(2)));
    await becomes('B1', 'good');
  });

  it('is not examined with a golden image that is being written', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    const writtenAt = (ms: number) => utimesSync(path, ms / 1000, ms / 1000);
    writtenAt(clock.now() - 1_000);
    await spoil(agent);
    await clock.armedWithin(5_000);
    expect(await checkSubmissions()).toEqual([]);
    await agent.complete(await passUntil(agent.order(2)));
    await becomes('B1', 'good');
  });

  it('has a minute each time that it is suspect', async () => {
    const agent = await joined();
    rmSync(join(dir, 'golden.bin'));
    for (const n of [0, 1]) {
      const fromMs = clock.now();
      await spoil(agent, 2 * n);
      await passUntil(becomes('B1', 'quarantined'));
      expect(clock.now() - fromMs).toBeGreaterThanOrEqual(60_000);
      const good = { health: 'good', cause: 'looked at', actor: 'ana' } as const;
      const change = await farm.store.boards.setHealth('B1', good, clock.now());
      if (change) farm.stages.onBoardChanged(change);
      await becomes('B1', 'good');
    }
  });

  it('waits for its check while it is offline', async () => {
    const agent = await joined();
    await farm.submit([need({ board: 'B1' })], { run: { maxAttempts: 1 } });
    await agent.complete(await agent.order(), 'infra');
    await farm.submit([need({ board: 'B1' })], { run: { maxAttempts: 1 } });
    const order = await agent.order(1);
    await agent.report(['B1'], false);
    await agent.complete(order, 'infra');
    const run = await checkQueued();
    expect((await farm.stages.explainWaiting(run))?.reason).toBe(
      '1 board out of service: B1 is offline (looked at)',
    );
    await agent.report(['B1']);
    expect((await agent.order(2)).runId).toBe(run.id);
  });
});

describe('a check that people ask for', () => {
  const ask = async (health: 'suspect' | 'good' | 'maintenance') => {
    const to = { health, cause: 'it smells', actor: 'ana' };
    const change = await farm.store.boards.setHealth('B1', to, farm.clock.now());
    if (change) farm.stages.onBoardChanged(change);
  };

  it('decides about a good board', async () => {
    const agent = await joined();
    await ask('suspect');
    const order = await agent.order();
    expect(order.runName).toBe('health check of B1');
    await agent.complete(order);
    await becomes('B1', 'good');
  });

  it('waits for what the board is doing', async () => {
    const agent = await joined();
    await farm.submit([need({ board: 'B1' })]);
    const running = await agent.order();
    await ask('suspect');
    await farm.settled();
    expect(agent.assigned).toHaveLength(1);
    await agent.complete(running);
    expect((await agent.order(1)).runName).toBe('health check of B1');
    expect(farm.boards.get('B1')?.health).toBe('suspect');
  });

  it('brings a quarantined board back when it passes', async () => {
    const agent = await joined();
    await spoil(agent);
    await finish(agent, await agent.order(2), 'infra', 'flashFailed');
    await becomes('B1', 'quarantined');
    await ask('suspect');
    await agent.complete(await agent.order(3));
    await becomes('B1', 'good');
  });

  it('comes to nothing when somebody puts the board back into service', async () => {
    const agent = await joined();
    await agent.report(['B1'], false);
    await ask('suspect');
    const { id } = await checkQueued();
    await ask('good');
    await farm.seen(id, 'finished');
    await agent.report(['B1']);
    const [run] = await farm.submit([need({ board: 'B1' })]);
    expect((await agent.order()).runId).toBe(run?.id);
    expect((await checkSubmissions()).map(({ verdicts }) => verdicts)).toEqual([{ cancelled: 1 }]);
  });

  it('ends in quarantine when it is cancelled', async () => {
    const agent = await joined();
    await agent.report(['B1'], false);
    await ask('suspect');
    const { submissionId } = await checkQueued();
    const outcome = await farm.store.submissions.cancel(submissionId, farm.clock.now());
    if (!outcome) throw new Error('no check');
    farm.stages.onCancelled(outcome);
    await becomes('B1', 'quarantined');
    expect(farm.boards.get('B1')?.healthCause).toContain('ended as cancelled');
  });
});

describe('a controller that dies', () => {
  /** What an earlier controller left in the database; the next one starts on it. */
  async function after(leave: (agent: FakeAgent) => Promise<unknown>): Promise<FakeAgent> {
    const agent = await joined();
    await leave(agent);
    farm = await StageFarm.again(farm, plan);
    return farm.agent('rack-1');
  }
  const suspect = { health: 'suspect', cause: 'faults', actor: 'controller' } as const;

  it('before a suspect board has its check leaves that to the next', async () => {
    const agent = await after(() => farm.store.boards.setHealth('B1', suspect, 1));
    await agent.join();
    expect((await agent.order()).runName).toBe('health check of B1');
    expect(await checkSubmissions()).toHaveLength(1);
  });

  it('before the check is in the queue leaves that to the next', async () => {
    const agent = await after(async (first) => {
      await first.report(['B1'], false);
      const change = await farm.store.boards.setHealth('B1', suspect, farm.clock.now());
      if (change) farm.stages.onBoardChanged(change);
      await checkQueued();
      await farm.redis.flushall();
    });
    await agent.join();
    expect((await agent.order()).runName).toBe('health check of B1');
    expect(await checkSubmissions()).toHaveLength(1);
  });

  it('while the check runs has its result counted by the next', async () => {
    let order: Assignment | undefined;
    const agent = await after(async (first) => {
      await spoil(first);
      order = await first.order(2);
    });
    if (!order) throw new Error('no check');
    await agent.join([held(order)]);
    await agent.complete(order);
    await becomes('B1', 'good');
  });

  it('and comes back with another target of the board has it examined as that', async () => {
    const other = { ...board('B1'), target: 'OTHER' };
    const agent = await after(async (first) => {
      await first.report(['B1'], false);
      const change = await farm.store.boards.setHealth('B1', suspect, farm.clock.now());
      if (change) farm.stages.onBoardChanged(change);
      await checkQueued();
      plan = { ...plan, racks: { 'rack-1': [other, board('B2')] } };
    });
    await agent.join();
    const order = await agent.order();
    expect(order).toMatchObject({ runName: 'health check of B1', board: { target: 'OTHER' } });
    expect((await checkSubmissions()).map(({ state }) => state)).toEqual(['active', 'finished']);
  });

  it('between the end of the check and the verdict on the board leaves that to the next', async () => {
    const agent = await joined();
    await spoil(agent);
    const order = await agent.order(2);
    await farm.stages.close();
    const why = { reason: 'flashFailed', message: 'no answer' } as const;
    const fate = { run: () => ({ kind: 'finish', verdict: 'infra' }) as const };
    const policy = { ...fate, board: () => ({ faults: [] }) };
    await farm.store.attempts.abandon(order.attemptId, why, farm.clock.now(), policy);
    expect(await farm.store.boards.get('B1')).toMatchObject({ health: 'suspect' });
    farm = await StageFarm.again(farm, plan);
    await becomes('B1', 'quarantined');
    expect((await farm.store.boards.get('B1'))?.healthCause).toContain('no answer');
  });
});
