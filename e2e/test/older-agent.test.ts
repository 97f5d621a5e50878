import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { expectWholeRecord } from './support/expect-runs.js';
import { RecordedAgent } from './support/recorded-agent.js';

const TARGET = 'FVP_MPS2_M3';
const file = fileURLToPath(new URL('support/recorded/agent-0.1.0.jsonl', import.meta.url));

/** The shape of a message as an agent reads it: every field with its type, lists by their first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
}

describe('an agent of the release before', () => {
  let farm: TestFarm;
  let agent: RecordedAgent;
  beforeAll(async () => {
    const racks = [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }];
    farm = await TestFarm.start({ racks, simulated: true });
    agent = new RecordedAgent(farm.client.url, { token: farm.agentToken('lab'), file });
  }, 120_000);
  afterAll(async () => {
    agent?.close();
    await farm?.stop();
  });

  it('is understood, and told all that it was told before', async () => {
    const welcome = await agent.join();
    expect(shapeOf(welcome)).toMatchObject(shapeOf(agent.heard('welcome')[0]) as object);
    const apps = ['fail', 'crash'];
    const { runs } = await farm.client.submit(
      { version: 1, name: 'r', runs: apps.map((app) => ({ image: `${app}.elf`, target: TARGET })) },
      apps.map((app) => imagePath(TARGET, app)),
    );
    for (const [i, app] of apps.entries()) {
      const order = await agent.execute(i);
      expect(shapeOf(order)).toMatchObject(shapeOf(agent.heard('assign')[i]) as object);
      const run = await farm.client.run(runs[i]?.id ?? '');
      expect(run).toMatchObject({ state: 'finished', name: app, verdict: app, attempts: 1 });
      await expectWholeRecord(farm.client, run);
    }
  }, 60_000);
});
