import type { Assignment, AttemptVerdict, EndReason } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { endLeases } from '../../src/lease/end-leases.js';
import { type FakeAgent, held } from '../support/fake-agent.js';
import {
  becomes,
  checkQueued,
  checkSubmissions,
  farm,
  finish,
  joined,
  restarted,
  spoil,
} from '../support/health-bench.js';
import { board, need, type StageFarmPlan } from '../support/stage-farm.js';

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

  it.each<[AttemptVerdict, EndReason]>([
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

  it('waits for its check while it is offline', async () => {
    const agent = await joined();
    await farm.submit([need({ board: 'B1' })], { spec: { maxAttempts: 1 } });
    await agent.complete(await agent.order(), 'infra');
    await farm.submit([need({ board: 'B1' })], { spec: { maxAttempts: 1 } });
    const order = await agent.order(1);
    await agent.report(['B1'], false);
    await agent.complete(order, 'infra');
    const run = await checkQueued();
    expect((await farm.stages.parts.explainer.explain(run))?.reason).toBe(
      '1 board out of service: B1 is offline (looked at)',
    );
    await agent.report(['B1']);
    expect((await agent.order(2)).runId).toBe(run.id);
  });
});

describe('a check that people ask for', () => {
  const ask = async (health: 'suspect' | 'good' | 'maintenance') => {
    const to = { health, cause: 'it smells', actor: 'ana' };
    const change = await farm.store.health.set('B1', to, farm.clock.now());
    if (change) farm.stages.on.viewsChanged(change);
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
    farm.stages.on.runsCancelled(outcome);
    await becomes('B1', 'quarantined');
    expect(farm.boards.get('B1')?.healthCause).toContain('ended as cancelled');
  });
});

describe('a controller that dies', () => {
  /** What an earlier controller left in the database; the next one starts on it. */
  async function after(
    leave: (agent: FakeAgent) => Promise<unknown>,
    changes: Partial<StageFarmPlan> = {},
  ): Promise<FakeAgent> {
    const agent = await joined();
    await leave(agent);
    await restarted(changes);
    return farm.agent('rack-1');
  }
  const suspect = { health: 'suspect', cause: 'faults', actor: 'controller' } as const;

  it('before a suspect board has its check leaves that to the next', async () => {
    const agent = await after(() => farm.store.health.set('B1', suspect, 1));
    await agent.join();
    expect((await agent.order()).runName).toBe('health check of B1');
    expect(await checkSubmissions()).toHaveLength(1);
  });

  it('before the check is in the queue leaves that to the next', async () => {
    const agent = await after(async (first) => {
      await first.report(['B1'], false);
      const change = await farm.store.health.set('B1', suspect, farm.clock.now());
      if (change) farm.stages.on.viewsChanged(change);
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
    const agent = await after(
      async (first) => {
        await first.report(['B1'], false);
        const change = await farm.store.health.set('B1', suspect, farm.clock.now());
        if (change) farm.stages.on.viewsChanged(change);
        await checkQueued();
      },
      { racks: { 'rack-1': [other, board('B2')] } },
    );
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
    const policy = { ...fate, board: () => ({ faults: [] }), endLeases };
    await farm.store.attempts.abandon(order.attemptId, why, farm.clock.now(), policy);
    expect(await farm.store.boards.get('B1')).toMatchObject({ health: 'suspect' });
    await restarted();
    await becomes('B1', 'quarantined');
    expect((await farm.store.boards.get('B1'))?.healthCause).toContain('no answer');
  });
});
