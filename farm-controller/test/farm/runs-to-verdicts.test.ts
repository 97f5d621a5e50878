import { afterEach, describe, expect, it } from '@jest/globals';
import { board, need, StageFarm } from '../support/stage-farm.js';

let farm: StageFarm;
afterEach(() => farm.stop());

describe('from queued run to verdict', () => {
  it('gives every run to a board and settles it', async () => {
    farm = await StageFarm.start({ racks: { 'rack-1': [board('B1'), board('B2')] } });
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join();
    const runs = await farm.submit(Array.from({ length: 20 }, () => need()));
    for (const run of runs)
      expect(await farm.seen(run.id, 'finished')).toMatchObject({ verdict: 'pass', attempts: 1 });
    expect(agent.assigned).toHaveLength(20);
    expect(agent.errors).toEqual([]);
  });

  it('never gives one board two runs at a time, and leaves no board idle while work waits', async () => {
    const serials = Array.from({ length: 100 }, (_, i) => `B${i}`);
    farm = await StageFarm.start({ racks: { 'rack-1': serials.map((serial) => board(serial)) } });
    const agent = farm.agent('rack-1');
    await agent.join();
    await farm.submit(Array.from({ length: 1000 }, () => need()));
    let open = await agent.orders(100);
    for (let round = 1; round <= 10; round++) {
      expect(new Set(open.map((order) => order.board.serial)).size).toBe(100);
      await Promise.all(open.map((order) => agent.complete(order)));
      if (round === 10) break;
      open = (await agent.orders(100 * (round + 1))).slice(100 * round);
    }
    expect(agent.assigned).toHaveLength(1000);
    expect(new Set(agent.assigned.map((order) => order.runId)).size).toBe(1000);
    expect((await farm.store.counts()).finishedByVerdict.get('pass')).toBe(1000);
  });

  it('loses no attempt when it compares notes with the database in the middle of the work', async () => {
    const serials = Array.from({ length: 20 }, (_, i) => `B${i}`);
    farm = await StageFarm.start({ racks: { 'rack-1': serials.map((serial) => board(serial)) } });
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join();
    const runs = await farm.submit(Array.from({ length: 200 }, () => need()));
    while (agent.finished < 200 && agent.errors.length === 0)
      await farm.stages.parts.gateway.resync();
    expect(agent.errors).toEqual([]);
    for (const run of runs)
      expect(await farm.seen(run.id, 'finished')).toMatchObject({ verdict: 'pass', attempts: 1 });
  });
});
