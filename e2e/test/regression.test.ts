import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeDetail, ChangeView, SeriesComparison } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { stampImage } from '../src/stamped-image.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';
const LIMIT_MS = 240_000;
const REPOSITORY = 'example.org/kernel';
const REF = 'refs/heads/main';
/** The commit with one instruction more in the change of threads. */
const SLOW_FROM = 5;
const shaOf = (n: number) => createHash('sha1').update(`commit ${n}`).digest('hex');

let farm: TestFarm;
let serial: string;
beforeAll(async () => {
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
  serial = (await farm.client.boards())[0]?.serial ?? '';
}, LIMIT_MS);
afterAll(async () => await farm?.stop());

/** Submits the build of a commit. */
async function submitted(n: number): Promise<string> {
  const app = n >= SLOW_FROM ? 'rtos_switch_slow' : 'rtos_switch';
  const dir = join(farm.dir, `build-${n}`);
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'rtos_switch.elf');
  stampImage(imagePath(TARGET, app), file, shaOf(n));
  const origin = {
    ...{ repository: REPOSITORY, ref: REF, sha: shaOf(n) },
    commitMs: 1_790_000_000_000 + n * 60_000,
  };
  const runs = [{ image: 'rtos_switch.elf', target: TARGET, board: serial }];
  const spec = { version: 1, name: `commit ${n}`, origin, runs };
  return (await farm.client.submit(spec, [file])).submission.id;
}

async function measured(n: number): Promise<void> {
  const id = await submitted(n);
  expect(await farm.client.finished(id)).toMatchObject({ verdicts: { pass: 1 } });
}

const changes = async () =>
  ((await farm.client.json('GET', '/changes')) as { items: ChangeView[] }).items;

/** A change that the farm does nothing about any more. It has no live events: it is asked for. */
async function settledChange(): Promise<ChangeDetail> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const [change] = await changes();
    if (change && (change.work === 'done' || change.work === 'blocked'))
      return (await farm.client.json('GET', `/changes/${change.id}`)) as ChangeDetail;
    if (Date.now() > end) throw new Error(`no change is settled: ${JSON.stringify(change)}`);
    await delay(200);
  }
}

it(
  'finds one instruction more in the change of threads, confirms it and names the commit, on its own',
  async () => {
    await measured(1);
    await measured(1);
    expect(await changes()).toEqual([]);
    for (const n of [2, 3, 4, 5, 6, 7]) {
      const id = await submitted(n);
      await farm.client.json('POST', `/submissions/${id}/cancel`);
      await farm.client.finished(id);
    }
    await measured(8);
    const change = await settledChange();
    expect(change).toMatchObject({
      ...{ state: 'verified', work: 'done', effect: 'regression', exact: true, missing: null },
      ...{ good: { sha: shaOf(SLOW_FROM - 1) }, bad: { sha: shaOf(SLOW_FROM) } },
      ...{ boardSerial: serial, imageName: 'rtos_switch.elf', repository: REPOSITORY },
    });
    const median = change.metricList.find(({ metric }) => metric.endsWith('.median'));
    expect(median).toMatchObject({ kind: 'exact', outcome: 'confirmed', shift: 1 });
    expect((median?.after ?? 0) - (median?.before ?? 0)).toBe(1);
    // The next build is as slow: nothing new.
    await measured(9);
    await measured(9);
    expect(await changes()).toHaveLength(1);
    const path = `/compare?a=${shaOf(1).slice(0, 12)}&b=${shaOf(9).slice(0, 12)}`;
    const { items } = (await farm.client.json('GET', path)) as { items: SeriesComparison[] };
    expect(items.find(({ series }) => series.metric === median?.metric)).toMatchObject({
      ...{ shift: 1, interval: [1, 1], effect: 1, comparable: true, a: { n: 2 }, b: { n: 2 } },
    });
  },
  LIMIT_MS,
);
