import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';

let farm: TestFarm;
beforeAll(async () => {
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
});
afterAll(() => farm.stop());

interface Page<T> {
  readonly items: readonly T[];
}

/** Runs the benchmark with these bounds; answers its metrics as the run shows them. */
async function measured(metrics: object) {
  const run = { image: 'rtos_timing.elf', target: TARGET, timeoutMs: 120_000, metrics };
  const spec = { version: 1, name: 'bounds', runs: [run] };
  const { submission, runs } = await farm.client.submit(spec, [imagePath(TARGET, 'rtos_timing')]);
  await farm.client.finished(submission.id);
  const detail = await farm.client.run(runs[0]?.id ?? '');
  expect(detail.verdict).toBe('pass');
  return { runId: detail.id, metrics: detail.attemptList[0]?.metrics ?? [] };
}

async function pointsOf(metric: string) {
  const { items } = (await farm.client.json('GET', '/series?limit=500')) as Page<{
    id: string;
    metric: string;
  }>;
  const own = items.filter((series) => series.metric === metric);
  const pages = own.map(({ id }) => farm.client.json('GET', `/series/${id}/points`));
  return ((await Promise.all(pages)) as Page<{ runId: string }>[]).flatMap(({ items }) => items);
}

describe('a number that firmware prints', () => {
  it('becomes a point, unless its run says that it cannot be', async () => {
    const first = await measured({});
    const [one, other] = [...new Set(first.metrics.map(({ name }) => name))];
    if (one === undefined || other === undefined) throw new Error('rtos_timing has few metrics');
    expect((await pointsOf(one)).map(({ runId }) => runId)).toContain(first.runId);
    const second = await measured({ [one]: { max: -1 } });
    const refused = second.metrics.filter((metric) => metric.refused !== undefined);
    expect(new Set(refused.map(({ name }) => name))).toEqual(new Set([one]));
    expect(refused[0]?.refused).toMatch(/is over -1, the bound that its run gives/);
    expect((await pointsOf(one)).map(({ runId }) => runId)).not.toContain(second.runId);
    expect((await pointsOf(other)).map(({ runId }) => runId)).toContain(second.runId);
  });
});
