import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ManualClock } from '../support/manual-clock.js';
import { board, need, StageFarm } from '../support/stage-farm.js';

const racks = { 'rack-1': [board('B1'), board('B2')] };
let farm: StageFarm;
let clock: ManualClock;
beforeEach(async () => {
  clock = new ManualClock();
  farm = await StageFarm.start({ racks, clock });
});
afterEach(() => farm.stop());

async function explained(requirements = [need()]) {
  const runs = await farm.submit(requirements);
  const last = runs.at(-1);
  if (!last) throw new Error('no run');
  return farm.stages.parts.explainer.explain(last);
}

describe('why a run waits', () => {
  it('names the boards of agents that have never come', async () => {
    const waiting = await explained();
    expect(waiting?.reason).toBe(
      '2 boards out of service: B1 is offline (its agent has not reported it yet), B2 is offline (its agent has not reported it yet)',
    );
  });

  it('names the boards that are out of service, and why', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    await agent.report(['B1'], false);
    await farm.store.health.set(
      'B2',
      { health: 'maintenance', cause: 'new probe', actor: 'ana' },
      clock.now(),
    );
    const waiting = await explained();
    expect(waiting).toMatchObject({ position: 1, etaMs: null, blocked: true });
    expect(waiting?.reason).toContain('2 boards out of service');
    expect(waiting?.reason).toContain('B1 is offline (looked at)');
    expect(waiting?.reason).toContain('B2 is maintenance (new probe)');
  });

  it('is looked up once for all who watch when a board changes', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    await farm.submit([need(), need()]);
    await agent.orders(2);
    const waiting = await farm.submit([need(), need()]);
    const lists = jest.spyOn(farm.store.boards, 'list');
    const places = jest.spyOn(farm.store.queue, 'place');
    const watchers = Array.from({ length: 100 }, (_, i) => waiting[i % 2]).flatMap((run) =>
      run ? [farm.stages.parts.explainer.explain(run)] : [],
    );
    const answers = await Promise.all(watchers);
    expect(answers).toHaveLength(100);
    expect(answers.map((answer) => answer?.position)).toEqual(answers.map((_, i) => 1 + (i % 2)));
    expect(places.mock.calls).toHaveLength(2);
    expect(lists.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('says how many boards are busy and how long it will take', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    await farm.submit([need(), need()]);
    const [first, second] = await agent.orders(2);
    clock.advance(4_000);
    if (!first || !second) throw new Error('no orders');
    await agent.complete(first);
    await farm.submit([need()]);
    await agent.orders(3);
    const waiting = await explained([need(), need(), need()]);
    expect(waiting).toEqual({ reason: '2 boards busy', position: 3, etaMs: 8_000 });
  });

  it('names the board that failed it, and what it waits for instead', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    const [blocker] = await farm.submit([need({ board: 'B2' })]);
    await agent.order();
    const [run] = await farm.submit([need()]);
    if (!run || !blocker) throw new Error('no run');
    for (const index of [1, 2]) await agent.complete(await agent.order(index), 'infra');
    await farm.settled();
    expect(agent.assigned.map(({ board: { serial } }) => serial)).toEqual(['B2', 'B1', 'B1']);
    const waiting = await farm.stages.parts.explainer.explain(run);
    expect(waiting?.reason).toBe(
      'the infrastructure failed it on B1, so another board is to take it: 1 board busy',
    );
  });

  it('has nothing to say of a run that does not wait', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    const [run] = await farm.submit([need()]);
    await agent.order();
    if (!run) throw new Error('no run');
    expect(await farm.stages.parts.explainer.explain(run)).toBeNull();
  });
});

describe('a run that waits longer than it may', () => {
  it('ends as infra and says what was wrong with the boards', async () => {
    const [run] = await farm.submit([need()], { spec: { queueTimeoutMs: 5_000 } });
    await farm.settled();
    clock.advance(4_999);
    await farm.settled();
    expect((await farm.store.runs.get(run?.id ?? ''))?.state).toBe('queued');
    clock.advance(1);
    const view = await farm.seen(run?.id ?? '', 'finished');
    expect(view).toMatchObject({ verdict: 'infra', reason: 'noBoard' });
    expect(view.message).toContain('2 boards out of service: B1 is offline');
  });

  it('is not given to a board that comes later', async () => {
    const [run] = await farm.submit([need()], { spec: { queueTimeoutMs: 5_000 } });
    await farm.settled();
    clock.advance(5_000);
    await farm.seen(run?.id ?? '', 'finished');
    const agent = farm.agent('rack-1');
    await agent.join();
    const [next] = await farm.submit([need()]);
    expect((await agent.order()).runId).toBe(next?.id);
  });
});
