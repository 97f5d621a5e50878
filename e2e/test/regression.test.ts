import { join } from 'node:path';
import {
  type Connection,
  FarmClient,
  HISTORY,
  historySha,
  SeededHistory,
  settledChange,
} from '@greenrack/farm-cli';
import type { ChangeView, SeriesComparison } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ROOT, TestFarm } from '../src/test-farm.js';

const LIMIT_MS = 240_000;

let farm: TestFarm;
let serial: string;
let connection: Connection;
let client: FarmClient;
let history: SeededHistory;
beforeAll(async () => {
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
  serial = (await farm.client.boards())[0]?.serial ?? '';
  connection = { url: farm.client.url, token: farm.adminToken };
  client = new FarmClient(connection);
  history = new SeededHistory(client, {
    ...{ dir: farm.dir, imageDir: join(ROOT, 'build/firmware') },
    ...{ board: serial, ref: 'refs/heads/main', beganMs: 1_790_000_000_000 },
  });
}, LIMIT_MS);
afterAll(async () => await farm?.stop());

async function measured(n: number): Promise<void> {
  const id = await history.submit(n);
  expect(await farm.client.finished(id)).toMatchObject({ verdicts: { pass: 1 } });
}

const changes = async () =>
  ((await farm.client.json('GET', '/changes')) as { items: ChangeView[] }).items;

it(
  'finds one instruction more in the change of threads, confirms it and names the commit, on its own',
  async () => {
    await measured(1);
    await measured(1);
    expect(await changes()).toEqual([]);
    await Promise.all([2, 3, 4, 5, 6, 7].map((n) => history.store(n)));
    await measured(8);
    const change = await settledChange(client, connection, {
      ...{ filter: { image: HISTORY.image }, told: () => undefined },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    expect(change).toMatchObject({
      ...{ state: 'verified', work: 'done', effect: 'regression', exact: true, missing: null },
      ...{
        good: { sha: historySha(HISTORY.slowFrom - 1) },
        bad: { sha: historySha(HISTORY.slowFrom) },
      },
      ...{ boardSerial: serial, imageName: HISTORY.image, repository: HISTORY.repository },
    });
    const median = change.metricList.find(({ metric }) => metric.endsWith('.median'));
    expect(median).toMatchObject({ kind: 'exact', outcome: 'confirmed', shift: 1 });
    expect((median?.after ?? 0) - (median?.before ?? 0)).toBe(1);
    // The next build is as slow: nothing new.
    await measured(9);
    await measured(9);
    expect(await changes()).toHaveLength(1);
    const path = `/compare?a=${historySha(1).slice(0, 12)}&b=${historySha(9).slice(0, 12)}`;
    const { items } = (await farm.client.json('GET', path)) as { items: SeriesComparison[] };
    expect(items.find(({ series }) => series.metric === median?.metric)).toMatchObject({
      ...{ shift: 1, interval: [1, 1], effect: 1, comparable: true, a: { n: 2 }, b: { n: 2 } },
    });
  },
  LIMIT_MS,
);
