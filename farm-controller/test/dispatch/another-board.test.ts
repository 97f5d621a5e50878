import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeAgent, held } from '../support/fake-agent.js';
import { ManualClock } from '../support/manual-clock.js';
import { board, need, StageFarm } from '../support/stage-farm.js';

const racks = { 'rack-1': [board('B1'), board('B2')] };
let farm: StageFarm;
afterEach(() => farm.stop());

/** B2 is busy, and B1 has failed a run twice. */
async function failedTwice() {
  farm = await StageFarm.start({ racks, clock: new ManualClock() });
  const agent = farm.agent('rack-1');
  await agent.join();
  await farm.submit([need({ board: 'B2' })]);
  const blocker = await agent.order();
  const [run] = await farm.submit([need()]);
  for (const index of [1, 2]) await agent.complete(await agent.order(index), 'infra');
  await farm.settled();
  return { agent, blocker, runId: run?.id ?? '' };
}

const boardsOf = (agent: FakeAgent) => agent.assigned.map((order) => order.board.serial);

describe('a run that one board failed twice', () => {
  it('waits for the other board, while the first one serves the next run', async () => {
    const { agent, blocker, runId } = await failedTwice();
    expect(boardsOf(agent)).toEqual(['B2', 'B1', 'B1']);
    const [next] = await farm.submit([need()]);
    expect(await agent.order(3)).toMatchObject({ runId: next?.id, board: { serial: 'B1' } });
    await agent.complete(blocker);
    const order = await agent.order(4);
    expect(order).toMatchObject({ runId, board: { serial: 'B2' }, recovery: 'otherBoard' });
    await agent.complete(order);
    expect(await farm.store.runs.get(runId)).toMatchObject({ verdict: 'pass', attempts: 3 });
  });

  it('goes back to the first board when the other one is lost', async () => {
    const { agent, blocker, runId } = await failedTwice();
    await agent.report(['B2'], false);
    expect(await agent.order(3)).toMatchObject({
      ...{ runId, board: { serial: 'B1' }, recovery: 'powerCycle' },
    });
    await agent.complete(blocker);
  });

  it('goes back to the first board when the other one is taken out of service', async () => {
    const { agent, runId } = await failedTwice();
    const to = { health: 'maintenance', cause: 'new probe', actor: 'ana' } as const;
    const change = await farm.store.health.set('B2', to, farm.clock.now());
    if (change) farm.stages.on.viewsChanged(change);
    expect(await agent.order(3)).toMatchObject({ runId, board: { serial: 'B1' } });
  });

  it('keeps avoiding it after the controller has started again', async () => {
    const { agent, blocker, runId } = await failedTwice();
    agent.disconnect();
    farm = await StageFarm.again(farm, { racks, clock: farm.clock });
    const back = farm.agent('rack-1');
    await back.join([held(blocker)]);
    await farm.settled();
    expect(back.assigned).toEqual([]);
    await back.complete(blocker);
    expect(await back.order()).toMatchObject({ runId, board: { serial: 'B2' } });
  });

  it('is moved into its own lane when an old lane still offers it to the first board', async () => {
    const { agent, blocker, runId } = await failedTwice();
    const [run] = await farm.queuedRuns();
    if (!run) throw new Error('nothing waits');
    // What a rebuild of the queue does that read the run before it had failed.
    const { avoid: _, ...before } = run;
    const lane = { ...run.lane, requirementClass: 'K64F' };
    await farm.stages.on.runsQueued([{ ...before, lane }]);
    await farm.settled();
    expect(boardsOf(agent)).toEqual(['B2', 'B1', 'B1']);
    await agent.complete(blocker);
    expect(await agent.order(3)).toMatchObject({ runId, board: { serial: 'B2' } });
  });
});
