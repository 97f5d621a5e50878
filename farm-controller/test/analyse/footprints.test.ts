import { expect, it } from '@jest/globals';
import { changeDetail, listChanges } from '../../src/analyse/change-views.js';
import { footprintView } from '../../src/analyse/footprint-view.js';
import { MeasuredFarm, shaOf } from '../support/measured-farm.js';
import { prepareFarm } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const number = (commit: string) => Number(commit.replace(/\D/g, ''));
const symbol = (name: string, bytes: number, module = 'main.c') => ({
  ...{ name, bytes, module, section: '.text' },
});

it('sets an image beside another one part by part, the largest difference first', () => {
  const sections = [{ name: '.text', memory: 'flash' as const, bytes: 100 }];
  const before = {
    flashBytes: 100,
    ramBytes: 8,
    sections,
    symbols: [symbol('a', 60), symbol('b', 40)],
  };
  const after = { ...before, flashBytes: 310, symbols: [symbol('a', 70), symbol('table', 240)] };
  const view = footprintView({ sha256: 'b', footprint: after }, { sha256: 'a', footprint: before });
  expect(view).toMatchObject({
    totals: [
      { name: 'flash', bytes: 310, baseBytes: 100 },
      { name: 'ram', bytes: 8, baseBytes: 8 },
    ],
    modules: [{ name: 'main.c', bytes: 310, baseBytes: 100 }],
    symbols: [
      { name: 'table', bytes: 240, baseBytes: 0 },
      { name: 'b', bytes: 0, baseBytes: 40 },
      { name: 'a', bytes: 70, baseBytes: 60 },
    ],
  });
  expect(footprintView({ sha256: 'b', footprint: after }).symbols[0]).toMatchObject({
    ...{ name: 'table', baseBytes: null },
  });
});

function images(database: TestDatabase): void {
  const db = () => database.store.database.queries;

  it('are measured without a run, and what grew is named with its commit, each metric for itself', async () => {
    await prepareFarm(database.store, ['b1']);
    const farm = new MeasuredFarm(database.store, () => []);
    farm.sizes = (commit) => ({
      flash: number(commit) >= 5 ? 1200 : 1000,
      ram: number(commit) >= 7 ? 64 : 32,
    });
    await farm.build('c1', { stored: true });
    await farm.settle();
    const places: unknown[] = [];
    // The later builds are looked at first.
    for (const commit of ['c9', 'c8', 'c7', 'c6', 'c5', 'c4'])
      await farm.build(commit, { stored: true });
    await farm.settle();
    for (const { id } of (await listChanges(db(), {}, { limit: 10 })).items) {
      const { worst, bad, good, state, work, exact, metrics, steps } = await changeDetail(db(), id);
      expect({ state, work, exact, metrics, steps }).toEqual({
        ...{ state: 'verified', work: 'done', exact: true, metrics: 1, steps: [] },
      });
      places.push([worst.metric, worst.after - worst.before, good.sha, bad.sha]);
    }
    expect(places.sort()).toEqual([
      ['footprint.flash', 200, shaOf('c4'), shaOf('c5')],
      ['footprint.ram', 32, shaOf('c6'), shaOf('c7')],
    ]);
    const points = await db().selectFrom('points').select('attempt_id').execute();
    expect(points).toHaveLength(14);
  });

  it('of formats that say nothing of it have no points', async () => {
    await prepareFarm(database.store, ['b1']);
    const farm = new MeasuredFarm(database.store, () => []);
    await farm.build('c1', { stored: true });
    await farm.settle();
    expect(await db().selectFrom('points').selectAll().execute()).toEqual([]);
  });
}

onBothDatabases({ images });
