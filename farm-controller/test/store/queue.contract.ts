import { expect, it } from '@jest/globals';
import { expireRuns } from '../../src/results/run-expiry.js';
import type { FatePolicy, Store } from '../../src/store/ports.js';
import {
  batch,
  ending,
  fate,
  finishRun,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

async function submissionOf(store: Store, runId: string): Promise<string> {
  return (await store.runs.get(runId))?.submissionId ?? '';
}

export function queueContract(database: TestDatabase): void {
  it('pages waiting runs oldest first, so the queue can be rebuilt', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const young = await submit(store, { runs: 3, createdMs: NOW + 10 });
    const old = await submit(store, { runs: 4, createdMs: NOW });
    const first = await store.queue.queued({ limit: 5 });
    const rest = await store.queue.queued({ limit: 5, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items].map((run) => run.runId)).toEqual([...old, ...young]);
    expect(rest.nextCursor).toBeNull();
  });

  it('counts who waits before a run in its lane only', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    await submit(store, { runs: 5, tenant: 'other' });
    const [one, two, three] = await submit(store, { runs: 3 });
    expect(await store.queue.place(three ?? '')).toMatchObject({ position: 3 });
    await granted(store, one, 'b1');
    expect(await store.queue.place(two ?? '')).toMatchObject({ position: 1 });
    expect(await store.queue.place(one)).toBeUndefined();
  });

  it('sums up what waits by lane, the oldest first, and what each tenant has', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [running, waiting] = await submit(store, { runs: 3 });
    const [other] = await submit(store, { runs: 5, tenant: 'other', createdMs: NOW + 10 });
    await granted(store, running ?? '', 'b1');
    const { lanes, moreLanes, tenants } = await store.queue.summary(10);
    expect(lanes.map(({ first, tenant, runs }) => [first.id, tenant, runs])).toEqual([
      [waiting, 'default', 2],
      [other, 'other', 5],
    ]);
    expect(lanes[1]?.oldestMs).toBe(NOW + 10);
    expect(moreLanes).toBe(0);
    expect(tenants).toEqual([
      { tenant: 'default', running: 1, waiting: 2 },
      { tenant: 'other', running: 0, waiting: 5 },
    ]);
    expect(await store.queue.summary(1)).toMatchObject({ moreLanes: 1, tenants });
  });

  it('ends runs whose time in the queue is up, with the reason', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const [id] = await submit(store, { runs: 2, queueTimeoutMs: 1_000 });
    const [other] = await submit(store, { runs: 1, queueTimeoutMs: 500 });
    const submissionId = await submissionOf(store, id);
    const never = { why: () => 'never', policy: fate };
    const early = await expireRuns(store.database, { submissionId, nowMs: NOW + 999 }, never);
    expect(early).toMatchObject({ ended: { change: { runs: [] } }, nextMs: NOW + 1_000 });
    const { ended, nextMs } = await expireRuns(
      store.database,
      { submissionId, nowMs: NOW + 1_000 },
      {
        why: ({ requirement }) => `no ${requirement.target} is online`,
        policy: fate,
      },
    );
    expect(ended.change.runs).toHaveLength(2);
    expect(ended.change.submissions).toMatchObject([{ state: 'finished', verdicts: { infra: 2 } }]);
    expect(await store.runs.get(id)).toMatchObject({
      verdict: 'infra',
      reason: 'noBoard',
      message: 'no K64F is online',
      finishedMs: NOW + 1_000,
      startedMs: null,
    });
    expect(nextMs).toBeUndefined();
    expect(await store.runs.get(other)).toMatchObject({ state: 'queued' });
  });

  it('keeps what an earlier attempt said of a run that waits for another', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    const again: FatePolicy = ({ earlier }) =>
      earlier.includes('fail') ? { kind: 'finish', verdict: 'fail' } : { kind: 'retry' };
    const order = await granted(store, id, 'b1');
    await store.attempts.append([batch(order, 1, [ending('fail')])], NOW, {
      ...policy,
      run: again,
    });
    expect(await store.runs.get(id)).toMatchObject({ state: 'queued', verdict: null });
    const why = () => 'no board is online';
    const submissionId = await submissionOf(store, id);
    const expiry = { why, policy: again };
    const { ended } = await expireRuns(
      store.database,
      { submissionId, nowMs: NOW + 1_000 },
      expiry,
    );
    expect(ended.change.submissions).toMatchObject([{ state: 'finished', verdicts: { fail: 1 } }]);
    expect(await store.runs.get(id)).toMatchObject({
      ...{ verdict: 'fail', rawVerdict: 'fail', reason: 'completed', message: 'it was fail' },
    });
  });

  it('ends more runs than one transaction takes', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const [id] = await submit(store, { runs: 1200, queueTimeoutMs: 1_000 });
    const { ended } = await expireRuns(
      store.database,
      { submissionId: await submissionOf(store, id), nowMs: NOW + 2_000 },
      {
        why: () => 'no board',
        policy: fate,
      },
    );
    expect(ended.change.runs).toHaveLength(1200);
    expect(await store.counts()).toMatchObject({ queued: 0 });
  });

  it('lets a run that is put back wait as long as at first', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    const order = await granted(store, id, 'b1', NOW + 900);
    const why = { reason: 'agentLost', message: 'gone' } as const;
    await store.attempts.abandon(order.attemptId, why, NOW + 5_000, policy);
    const submissionId = await submissionOf(store, id);
    const expiry = { why: () => 'no board', policy: fate };
    expect(
      await expireRuns(store.database, { submissionId, nowMs: NOW + 5_999 }, expiry),
    ).toMatchObject({
      ...{ ended: { change: { runs: [] } }, nextMs: NOW + 6_000 },
    });
  });

  it('knows the usual duration of an image on a target from runs that count', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [one, two] = await submit(store, { runs: 2, maxAttempts: 1 });
    expect(await store.queue.typicalDurationMs('test.elf', 'K64F')).toBeUndefined();
    await finishRun(store, one, 'b1', { verdict: 'infra' });
    expect(await store.queue.typicalDurationMs('test.elf', 'K64F')).toBeUndefined();
    await finishRun(store, two ?? '', 'b1');
    expect(await store.queue.typicalDurationMs('test.elf', 'K64F')).toBe(5_000);
    expect(await store.queue.typicalDurationMs('test.elf', 'LPC1768')).toBeUndefined();
  });
}
