import { expect, it } from '@jest/globals';
import { type Execution, flakesOf, readExecutions } from '../../src/analyse/flakes.js';
import {
  batch,
  caseEnd,
  ending,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const DAY_MS = 86_400_000;
const run = (more: Partial<Execution>): Execution => ({
  ...{ target: 'K64F', imageName: 'app.elf', imageSha256: 'a', board: 'b1', fixtures: [] },
  ...{ startedMs: NOW, passed: true, badCases: new Set<string>(), ...more },
});
const times = (n: number, more: Partial<Execution>) => Array.from({ length: n }, () => run(more));
const bad = (name: string) => ({ passed: false, badCases: new Set([name]) });

it('calls flaky what passed and failed with one image, and nothing that another image did', async () => {
  const fails = [...times(9, {}), run(bad('boot'))];
  expect(await flakesOf(fails)).toMatchObject([
    { caseName: null, failures: 1, runs: 10, rate: 0.1, images: 1 },
    { caseName: 'boot', failures: 1, runs: 10 },
  ]);
  const other = times(3, { ...bad('boot'), imageSha256: 'b' });
  expect(await flakesOf([...times(9, {}), ...other])).toEqual([]);
});

it('says where a test fails more often than elsewhere, beyond chance', async () => {
  const runs = [
    ...times(40, {}),
    ...times(12, { ...bad('echo'), board: 'b2' }),
    ...times(8, { board: 'b2' }),
  ];
  const [echo] = (await flakesOf(runs)).filter(({ caseName }) => caseName === 'echo');
  expect(echo?.clusters).toMatchObject([{ by: 'board', value: 'b2', failures: 12, runs: 20 }]);
  const evenly = [...times(40, {}), ...times(40, { board: 'b2' }), run(bad('echo'))];
  expect((await flakesOf(evenly))[0]?.clusters).toEqual([]);
});

function flakes(database: TestDatabase): void {
  it('are read from attempts and their cases, of the time that is asked for', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const attempt = async (nowMs: number, verdict: 'pass' | 'fail') => {
      const [id] = await submit(store, { runs: 1, createdMs: nowMs });
      const order = await granted(store, id, 'b1', nowMs);
      const said = [caseEnd('boot', verdict), caseEnd('idle', 'pass'), ending(verdict)];
      await store.attempts.append([batch(order, 1, said)], nowMs, policy);
    };
    await attempt(NOW - 3 * DAY_MS, 'fail');
    for (const verdict of ['pass', 'fail', 'pass'] as const) await attempt(NOW, verdict);
    const found = async (sinceMs: number, wanted: { image?: string } = {}) => {
      const db = store.database.queries;
      const flaky = await flakesOf(await readExecutions(db, { sinceMs, ...wanted }));
      return flaky.map(({ caseName, failures, runs }) => [caseName, failures, runs]);
    };
    expect(await found(NOW - DAY_MS)).toEqual([
      [null, 1, 3],
      ['boot', 1, 3],
    ]);
    expect(await found(NOW - 4 * DAY_MS)).toEqual([
      [null, 2, 4],
      ['boot', 2, 4],
    ]);
    const [row] = await store.database.queries.selectFrom('runs').select('image_name').execute();
    expect(await found(NOW - 4 * DAY_MS, { image: row?.image_name ?? '' })).toHaveLength(2);
    expect(await found(NOW - 4 * DAY_MS, { image: 'other.elf' })).toEqual([]);
  });
}

onBothDatabases({ flakes });

it('leaves turns to others between two tests', async () => {
  const runs = Array.from({ length: 200 }, (_, i) => run(i % 2 ? {} : bad(`case ${i}`)));
  let turns = 0;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  expect(await flakesOf(runs)).toHaveLength(101);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(90);
});
