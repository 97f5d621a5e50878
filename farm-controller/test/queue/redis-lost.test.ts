import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { board, need, StageFarm } from '../support/stage-farm.js';

const racks = { 'rack-1': ['B1', 'B2', 'B3', 'B4'].map((serial) => board(serial)) };
let farm: StageFarm;
afterEach(() => farm.stop());

async function killRedis({ data }: { data: 'kept' | 'deleted' }): Promise<void> {
  const { pid } = farm.redisChild;
  if (pid === undefined) throw new Error('no redis');
  if (data === 'deleted') await rm(join(farm.dir, 'redis', 'appendonlydir'), { recursive: true });
  process.kill(pid, 'SIGKILL');
}

describe('losing Redis', () => {
  it.each(['kept', 'deleted'] as const)(
    'serves every run exactly once when Redis is killed and its data is %s',
    async (data) => {
      farm = await StageFarm.start({ racks });
      const agent = farm.agent('rack-1');
      agent.behaviour = 'pass';
      await agent.join();
      const runs = await farm.submit(Array.from({ length: 200 }, () => need()));
      await agent.until('half', () => agent.finished >= 60);
      await killRedis({ data });
      for (const run of runs) await farm.seen(run.id, 'finished');
      expect(agent.assigned).toHaveLength(200);
      expect(new Set(agent.assigned.map(({ runId }) => runId)).size).toBe(200);
      expect((await farm.store.counts()).finishedByVerdict.get('pass')).toBe(200);
      expect(agent.errors).toEqual([]);
    },
    30_000,
  );

  it('accepts runs while Redis is away and serves them when it is back', async () => {
    farm = await StageFarm.start({ racks });
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join();
    await killRedis({ data: 'deleted' });
    const runs = await farm.submit([need(), need()]);
    for (const run of runs) expect((await farm.seen(run.id, 'finished')).verdict).toBe('pass');
  });

  it('finds the queued runs in the database when the controller starts', async () => {
    farm = await StageFarm.start({ racks });
    const runs = await farm.submit([need(), need({ board: 'B2' })], { unqueued: true });
    farm = await StageFarm.again(farm, { racks });
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join();
    for (const run of runs) expect((await farm.seen(run.id, 'finished')).verdict).toBe('pass');
  });
});
