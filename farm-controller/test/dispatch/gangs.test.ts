import { boardsOf } from '@greenrack/farm-model';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { board, need, StageFarm } from '../support/stage-farm.js';
import { partners } from '../support/store-fixtures.js';

const SHA = 'a'.repeat(64);
const racks = { 'rack-1': [board('B1'), board('B2'), board('B3')] };
const features = ['partners'];
let farm: StageFarm;
beforeEach(async () => {
  farm = await StageFarm.start({ racks });
});
afterEach(() => farm.stop());

const pair = { partners: partners(1).map((one) => ({ ...one, imageSha256: SHA })) };

describe('runs of several boards', () => {
  it('come to their end among single runs that want the same boards', async () => {
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join([], { features });
    const submitted = [];
    for (let i = 0; i < 10; i++) {
      submitted.push(...(await farm.submit([need(), need(), need()], { tenant: `t${i % 2}` })));
      submitted.push(...(await farm.submit([need()], { spec: pair, tenant: `t${i % 3}` })));
    }
    for (const { id } of submitted) expect((await farm.seen(id, 'finished')).verdict).toBe('pass');
    const gangs = agent.assigned.filter((order) => order.partners);
    expect(gangs).toHaveLength(10);
    for (const order of gangs)
      expect(new Set(boardsOf(order).map(({ board: { serial } }) => serial)).size).toBe(2);
  });

  it('wait for an agent that can run them, and let single runs pass meanwhile', async () => {
    const agent = farm.agent('rack-1');
    agent.behaviour = 'pass';
    await agent.join();
    const [gang] = await farm.submit([need()], { spec: pair });
    const [single] = await farm.submit([need()]);
    await farm.seen(single?.id ?? '', 'finished');
    expect((await farm.store.runs.get(gang?.id ?? ''))?.state).toBe('queued');
    agent.disconnect();
    const newer = farm.agent('rack-1');
    newer.behaviour = 'pass';
    await newer.join([], { features });
    expect((await farm.seen(gang?.id ?? '', 'finished')).verdict).toBe('pass');
  });

  it('free all their boards when they end', async () => {
    const agent = farm.agent('rack-1');
    await agent.join([], { features });
    const [gang] = await farm.submit([need()], { spec: { ...pair, maxAttempts: 1 } });
    const order = await agent.order();
    expect(boardsOf(order).map(({ board: { serial } }) => serial)).toHaveLength(2);
    await agent.complete(order, 'infra');
    await farm.seen(gang?.id ?? '', 'finished');
    const runs = await farm.submit([need(), need(), need()]);
    const serials = [1, 2, 3].map(async (i) => (await agent.order(i)).board.serial);
    expect((await Promise.all(serials)).sort()).toEqual(['B1', 'B2', 'B3']);
    expect(runs).toHaveLength(3);
  });
});
