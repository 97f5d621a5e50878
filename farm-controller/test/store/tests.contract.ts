import type { EventBody, Metric } from '@greenrack/farm-protocol';
import { beforeEach, expect, it } from '@jest/globals';
import {
  AGENT,
  batch,
  caseEnd,
  ending,
  granted,
  NOW,
  policy,
  prepareFarm,
  SHA,
  type SubmissionPlan,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const ORIGIN = {
  repository: 'example.org/os',
  ref: 'refs/heads/main',
  sha: 'b'.repeat(40),
  commitMs: NOW - 60_000,
};
const SWITCH: Metric = { name: 'switch', value: 100, unit: 'cycles', direction: 'lower' };
const PAGE = { limit: 100 };

export function testsContract(database: TestDatabase): void {
  let attempts = 0;
  beforeEach(async () => {
    attempts = 0;
    await prepareFarm(database.store, ['b1', 'b2']);
    const agent = { name: AGENT, version: '1.2.3', host: 'h', controllerId: 'c' };
    await database.store.agents.connected(agent, { nowMs: NOW, untilMs: NOW + 1 });
  });

  /** One attempt on a board, from its grant to its end. */
  async function attempt(board: string, bodies: EventBody[], plan: Partial<SubmissionPlan> = {}) {
    const nowMs = NOW + 1000 * ++attempts;
    const { store } = database;
    const [run] = await submit(store, { runs: 1, createdMs: nowMs, ...plan });
    const order = await granted(store, run, board, nowMs);
    await store.attempts.append([batch(order, 1, bodies)], nowMs + 500, policy);
    return { ...order, run };
  }

  const measuring = (metrics: readonly Metric[], verdict: 'pass' | 'infra' = 'pass') => [
    ...metrics.map((metric): EventBody => ({ type: 'metric', metric })),
    ending(verdict, verdict === 'infra' ? 'consoleLost' : 'completed'),
  ];

  const onlySeries = async () => {
    const { items } = await database.store.series.list({}, PAGE);
    expect(items).toHaveLength(1);
    return items[0]?.id ?? '';
  };
  const pointsOf = async (id: string, ref?: string) =>
    (await database.store.series.points(id, ref, PAGE)).items;

  it('has one history of a test over builds and boards, the latest first, in pages', async () => {
    const { tests } = database.store;
    const first = await attempt('b1', [caseEnd('boot', 'pass'), ending('pass')], {
      origin: ORIGIN,
    });
    const second = await attempt('b2', [caseEnd('boot', 'fail', 'x'), ending('fail')]);
    const { items } = await tests.list({ target: 'K64F', imageName: 'test.elf' }, PAGE);
    expect(items.map(({ caseName }) => caseName)).toEqual([null, 'boot']);
    const [image, boot] = items;
    const page = await tests.history(boot?.id ?? '', { limit: 1 });
    expect(page.items).toMatchObject([
      { attemptId: second.attemptId, verdict: 'fail', boardSerial: 'b2', durationUs: 1500 },
    ]);
    const rest = await tests.history(boot?.id ?? '', { limit: 1, cursor: page.nextCursor ?? '' });
    expect(rest).toMatchObject({
      items: [{ attemptId: first.attemptId, verdict: 'pass', origin: ORIGIN, imageSha256: SHA }],
      nextCursor: null,
    });
    expect((await tests.history(image?.id ?? '', PAGE)).items).toMatchObject([
      { runId: second.run, verdict: 'fail', durationUs: 500_000 },
      { runId: first.run, verdict: 'pass' },
    ]);
  });

  it('lists tests in pages, and says so when a cursor is not its own', async () => {
    const { tests } = database.store;
    await attempt('b1', [caseEnd('a', 'pass'), caseEnd('b', 'pass'), ending('pass')]);
    const page = await tests.list({}, { limit: 2 });
    const next = await tests.list({}, { limit: 2, cursor: page.nextCursor ?? '' });
    expect([...page.items, ...next.items].map(({ caseName }) => caseName)).toEqual([
      null,
      'a',
      'b',
    ]);
    await expect(tests.list({}, { limit: 2, cursor: 'x' })).rejects.toThrow('cursor');
  });

  it('keeps no history of attempts that still run', async () => {
    await attempt('b1', [caseEnd('boot', 'pass')]);
    const { items } = await database.store.tests.list({}, PAGE);
    expect(items.map(({ caseName }) => caseName)).toEqual(['boot']);
    expect((await database.store.tests.history(items[0]?.id ?? '', PAGE)).items).toEqual([]);
  });

  it('makes one point of an attempt: the median of its repeats, with build and environment', async () => {
    const values = [90, 110, 100, 500];
    const { run } = await attempt(
      'b1',
      measuring(values.map((value) => ({ ...SWITCH, value, caseName: 'yield' }))),
      { origin: ORIGIN },
    );
    const { items } = await database.store.series.list({}, PAGE);
    expect(items).toMatchObject([
      {
        ...{ metric: 'switch', caseName: 'yield', boardSerial: 'b1', kind: 'near-exact' },
        ...{ repository: ORIGIN.repository, tenant: 'default', unit: 'cycles' },
      },
    ]);
    expect(await pointsOf(await onlySeries())).toEqual([
      expect.objectContaining({
        ...{ runId: run, value: 105, repeats: 4, deviation: 10, imageSha256: SHA },
        ...{ ref: ORIGIN.ref, sha: ORIGIN.sha, commitMs: ORIGIN.commitMs },
        environment: expect.stringMatching(/^env_/),
      }),
    ]);
  });

  it('never mixes boards, nor tenants', async () => {
    await attempt('b1', measuring([SWITCH]));
    await attempt('b2', measuring([SWITCH]));
    await attempt('b1', measuring([SWITCH]), { tenant: 'other' });
    const { items } = await database.store.series.list({}, PAGE);
    const keys = items.map(({ boardSerial, tenant }) => `${boardSerial} ${tenant}`).sort();
    expect(keys).toEqual(['b1 default', 'b1 other', 'b2 default']);
  });

  it('reads the points of one branch', async () => {
    await attempt('b1', measuring([SWITCH]), { origin: ORIGIN });
    const side = { ...ORIGIN, ref: 'refs/heads/side' };
    await attempt('b1', measuring([{ ...SWITCH, value: 7 }]), { origin: side });
    const id = await onlySeries();
    expect((await pointsOf(id)).map(({ value }) => value)).toEqual([7, 100]);
    expect((await pointsOf(id, 'refs/heads/side')).map(({ value }) => value)).toEqual([7]);
  });

  it('takes nothing from attempts that say nothing of the code', async () => {
    await attempt('b1', measuring([SWITCH], 'infra'));
    expect((await database.store.series.list({}, PAGE)).items).toEqual([]);
  });

  it('refuses a metric in another unit than its series has, on that run and no other', async () => {
    await attempt('b1', measuring([SWITCH]));
    const { runs } = database.store;
    const strange = await attempt('b1', measuring([{ ...SWITCH, unit: 'us' }]));
    expect((await runs.detail(strange.run))?.attemptList[0]?.metrics).toMatchObject([
      { unit: 'us', refused: 'it is in us, its series in cycles: give the metric another name' },
    ]);
    await attempt(
      'b1',
      measuring([
        { ...SWITCH, value: 101 },
        { ...SWITCH, unit: 'ms' },
      ]),
    );
    expect((await pointsOf(await onlySeries())).map(({ value }) => value)).toEqual([101, 100]);
  });

  it('makes no point of a value that its run calls impossible, and keeps all others', async () => {
    const metrics = { switch: { min: 1, max: 1000 }, idle: { max: 0 } };
    const { run } = await attempt(
      'b1',
      measuring([
        SWITCH,
        { ...SWITCH, value: 4_294_967_295 },
        { ...SWITCH, value: 0 },
        { ...SWITCH, name: 'other', value: 5_000_000 },
      ]),
      { metrics },
    );
    const detail = await database.store.runs.detail(run);
    expect(detail?.attemptList[0]?.metrics.map(({ refused }) => refused)).toEqual([
      undefined,
      '4294967295 cycles is over 1000, the bound that its run gives: no such value is possible',
      '0 cycles is under 1, the bound that its run gives: no such value is possible',
      undefined,
    ]);
    expect(detail?.verdict).toBe('pass');
    const { items } = await database.store.series.list({}, PAGE);
    const points = await Promise.all(items.map(({ id }) => pointsOf(id)));
    expect(points.map(([one]) => one?.value).sort()).toEqual([100, 5_000_000]);
  });
}
