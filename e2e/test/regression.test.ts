import { join } from 'node:path';
import {
  type Connection,
  FarmClient,
  HISTORY,
  historySha,
  SeededHistory,
  settledChange,
} from '@greenrack/farm-cli';
import type { ChangeView, FootprintView, SeriesComparison } from '@greenrack/farm-protocol';
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

/** Of the board; what images show by themselves is another change. */
const changes = async () => {
  const { items } = (await farm.client.json('GET', '/changes')) as { items: ChangeView[] };
  return items.filter(({ boardSerial }) => boardSerial === serial);
};

const settled = (ref: string, board: string) =>
  settledChange(client, connection, {
    ...{ filter: { image: HISTORY.image, ref }, board, told: () => undefined },
    signal: AbortSignal.timeout(LIMIT_MS),
  });

it(
  'finds one instruction more in the change of threads, confirms it and names the commit, on its own',
  async () => {
    await measured(1);
    await measured(1);
    expect(await changes()).toEqual([]);
    await Promise.all([2, 3, 4, 5, 6, 7].map((n) => history.store(n)));
    await measured(8);
    const change = await settled('refs/heads/main', serial);
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

it(
  'finds 200 bytes of flash in images that nobody ran, and names the commit and the symbol',
  async () => {
    const ref = 'refs/heads/size';
    const branch = new SeededHistory(client, {
      ...{ dir: join(farm.dir, 'size'), imageDir: join(ROOT, 'build/firmware') },
      ...{ board: serial, ref, beganMs: 1_790_100_000_000 },
      builtAs: (n) => (n >= 6 ? 'rtos_switch_large.elf' : HISTORY.image),
    });
    for (let n = 1; n <= 8; n++) await branch.store(n);
    const change = await settled(ref, '');
    expect(change).toMatchObject({
      ...{ state: 'verified', effect: 'regression', exact: true, steps: [] },
      ...{ good: { sha: historySha(5) }, bad: { sha: historySha(6) } },
    });
    expect(change.worst.metric).toBe('footprint.flash');
    expect(change.worst.after - change.worst.before).toBe(200);
    const path = `/images/${change.bad.imageSha256}/footprint?base=${change.good.imageSha256}`;
    const { symbols } = (await farm.client.json('GET', path)) as FootprintView;
    expect(symbols[0]).toMatchObject({ name: 'extra_table', bytes: 200, baseBytes: 0 });
    expect(symbols[0]?.module).toBe('main.c');
    expect(symbols.filter(({ bytes, baseBytes }) => bytes !== baseBytes)).toHaveLength(1);
  },
  LIMIT_MS,
);

it(
  'ends with the same commit when the controller is killed while it halves, and runs nothing twice',
  async () => {
    const ref = 'refs/heads/killed';
    const branch = new SeededHistory(client, {
      ...{ dir: join(farm.dir, 'killed'), imageDir: join(ROOT, 'build/firmware') },
      ...{ board: serial, ref, beganMs: 1_790_200_000_000 },
    });
    for (const n of [1, 8]) {
      if (n === 8) await Promise.all([2, 3, 4, 5, 6, 7].map((one) => branch.store(one)));
      await farm.client.finished(await branch.submit(n));
    }
    let kill: () => void = () => undefined;
    const halving = new Promise<void>((resolve) => {
      kill = resolve;
    });
    const change = settledChange(client, connection, {
      ...{ filter: { image: HISTORY.image, ref }, board: serial },
      told: ({ work }) => work === 'bisect' && kill(),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await halving;
    await farm.controller.kill('SIGKILL');
    await farm.controller.start();
    const { bad, exact, state, steps } = await change;
    expect([state, exact, bad.sha]).toEqual(['verified', true, historySha(HISTORY.slowFrom)]);
    const [confirm, ...bisects] = steps.map(({ kind }) => kind);
    expect([confirm, ...new Set(bisects)]).toEqual(['confirm', 'bisect']);
    for (const { submissionId, sides } of steps) {
      const runs = await client.runsOf(submissionId);
      expect(runs.map(({ attempts }) => attempts)).toEqual([...sides].map(() => 1));
    }
  },
  LIMIT_MS,
);
