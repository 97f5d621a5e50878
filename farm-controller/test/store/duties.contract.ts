import { expect, it } from '@jest/globals';
import { expireRuns } from '../../src/results/run-expiry.js';
import type { ClaimedDuty, DutyClaim, Store } from '../../src/store/ports.js';
import {
  fate,
  finishRun,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const KIND = 'expireQueued';
const UNTIL = NOW + 60_000;

/** What `owner` gets at `nowMs`. */
function claim(store: Store, owner: string, nowMs: number, limit = 10): Promise<ClaimedDuty[]> {
  const claimed: DutyClaim = { owner, kind: KIND, nowMs, untilMs: nowMs + 60_000, limit };
  return store.duties.claim(claimed);
}

async function oneDuty(store: Store, owner: string, nowMs: number): Promise<ClaimedDuty> {
  const [duty, ...more] = await claim(store, owner, nowMs);
  if (!duty || more.length > 0) throw new Error('expected one duty');
  return duty;
}

const failed = (retryMs: number, dead = false) =>
  ({ kind: 'failed', error: 'no network', retryMs, dead }) as const;

export function dutiesContract(database: TestDatabase): void {
  it('is written with the submission that makes it due, and gone when that has finished', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    expect(await store.duties.nextDueMs()).toEqual(new Map([[KIND, NOW + 1_000]]));
    await finishRun(store, id, 'b1', { verdict: 'pass' });
    expect(await store.duties.nextDueMs()).toEqual(new Map());
  });

  it('is due anew when a run is put back into the queue', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    const order = await granted(store, id, 'b1', NOW + 900);
    const duty = await oneDuty(store, 'a', NOW + 1_000);
    const why = { reason: 'agentLost', message: 'gone' } as const;
    await store.attempts.abandon(order.attemptId, why, NOW + 5_000, policy);
    // Whoever worked on it meanwhile found nothing to do: that does not end what was asked for after.
    await store.duties.end(duty, 'a', { kind: 'done' });
    const { dueMs } = await oneDuty(store, 'b', NOW + 6_000);
    const { submissionId } = (await store.runs.get(id)) ?? { submissionId: '' };
    const expiry = { why: () => 'no board', policy: fate };
    const { ended } = await expireRuns(
      store.database,
      { submissionId, nowMs: NOW + 6_000 },
      expiry,
    );
    expect(dueMs).toBeLessThanOrEqual(NOW + 6_000);
    expect(ended.change.runs).toHaveLength(1);
  });

  it('goes to one of several controllers', async () => {
    const { store } = database;
    const other = await database.secondStore();
    await prepareFarm(store, []);
    for (let i = 0; i < 20; i++) await submit(store, { runs: 1, queueTimeoutMs: 1_000 + i });
    const rounds = Array.from({ length: 8 }, (_, i) =>
      claim(i % 2 ? store : other, `c${i}`, NOW + 9_000, 5),
    );
    const claimed = (await Promise.all(rounds)).flat().map(({ id }) => id);
    expect(new Set(claimed).size).toBe(claimed.length);
    const rest = await claim(store, 'rest', NOW + 9_000, 100);
    expect(claimed.length + rest.length).toBe(20);
  });

  it('is not claimed before it is due, and the longest due comes first', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    await submit(store, { runs: 1, queueTimeoutMs: 3_000 });
    await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    expect(await claim(store, 'a', NOW + 999)).toEqual([]);
    expect(await claim(store, 'a', NOW + 5_000, 1)).toMatchObject([{ dueMs: NOW + 1_000 }]);
  });

  it('falls to another controller when its owner has died, and the dead owner ends it no more', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    const duty = await oneDuty(store, 'a', NOW + 1_000);
    expect(await store.duties.nextDueMs()).toEqual(new Map([[KIND, UNTIL + 1_000]]));
    expect(await claim(store, 'b', UNTIL + 999)).toEqual([]);
    const taken = await oneDuty(store, 'b', UNTIL + 1_000);
    await store.duties.end(duty, 'a', { kind: 'done' });
    expect(await store.duties.list('all', { limit: 5 })).toMatchObject({ items: [{ owner: 'b' }] });
    await store.duties.end(taken, 'b', { kind: 'done' });
    expect(await store.duties.list('all', { limit: 5 })).toMatchObject({ items: [] });
  });

  it('is tried again after a failure, then left to an operator, who has it tried at once', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    await submit(store, { runs: 1, queueTimeoutMs: 1_000 });
    const first = await oneDuty(store, 'a', NOW + 1_000);
    await store.duties.end(first, 'a', failed(NOW + 2_000));
    const second = await oneDuty(store, 'a', NOW + 2_000);
    expect(second).toMatchObject({ tries: 1 });
    await store.duties.end(second, 'a', failed(NOW + 3_000, true));
    expect(await claim(store, 'a', NOW + 9_000)).toEqual([]);
    const dead = await store.duties.list('dead', { limit: 5 });
    expect(dead.items).toMatchObject([{ tries: 2, lastError: 'no network', dead: true }]);
    const backlog = async (nowMs: number) =>
      (await store.duties.backlog(nowMs)).find(({ kind }) => kind === KIND);
    expect(await backlog(NOW + 9_000)).toEqual({ kind: KIND, due: 0, dead: 1, oldestDueMs: 0 });
    expect(await store.duties.retry(first.id, NOW + 9_000)).toBe(true);
    expect(await oneDuty(store, 'a', NOW + 9_000)).toMatchObject({ tries: 0 });
    expect(await backlog(NOW + 9_500)).toEqual({ kind: KIND, due: 1, dead: 0, oldestDueMs: 500 });
    expect(await store.duties.retry('dty_00000000000000000000000', NOW)).toBe(false);
  });
}
