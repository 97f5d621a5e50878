import { expect, it } from '@jest/globals';
import type { OriginFilter } from '../../src/store/ports.js';
import {
  batch,
  ending,
  finishRun,
  granted,
  NOW,
  newSubmission,
  policy,
  prepareFarm,
  SHA,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

export function submissionsContract(database: TestDatabase): void {
  it('keeps a submission and its runs, queued', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const created = await store.submissions.create(newSubmission({ runs: 3 }));
    expect(await store.submissions.get(created.submission.id)).toEqual(created.submission);
    const page = await store.runs.list({ submissionId: created.submission.id }, { limit: 10 });
    expect(page).toEqual({ items: created.runs, nextCursor: null });
    expect((await store.queue.queued({ limit: 10 })).items).toEqual(created.queued);
    expect(created.submission).toMatchObject({ state: 'active', runsTotal: 3, verdicts: {} });
  });

  it('takes as many runs as a submission may have, and lets others have their turn meanwhile', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    let turns = 0;
    let done = false;
    const count = () => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    count();
    const { submission, runs, queued } = await store.submissions.create(
      newSubmission({ runs: 5000 }),
    );
    done = true;
    // As many as the machine is slow: one for each 8 ms on SQLite.
    expect(turns).toBeGreaterThan(5);
    expect([runs.length, queued.length]).toEqual([5000, 5000]);
    expect(await store.counts()).toMatchObject({ queued: 5000, running: 0 });
    const last = await store.runs.list(
      { submissionId: submission.id },
      { limit: 1, cursor: '4998' },
    );
    expect(last.items[0]?.ordinal).toBe(4999);
  });

  it('writes nothing of a submission that it cannot write whole', async () => {
    const { store } = database;
    const submission = newSubmission({ runs: 2 });
    // Not toThrow: the native module keeps the error class of the first test file that loaded it.
    await expect(store.submissions.create(submission)).rejects.toMatchObject({
      message: expect.stringMatching(/foreign key/i),
    });
    expect(await store.submissions.get(submission.id)).toBeUndefined();
  });

  it('pages submissions newest first and runs of one in their order', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    for (let i = 0; i < 5; i++) await submit(store, { runs: 1, createdMs: NOW + i });
    const first = await store.submissions.list({ limit: 3 });
    const second = await store.submissions.list({ limit: 3, cursor: first.nextCursor ?? '' });
    const times = [...first.items, ...second.items].map((one) => one.createdMs - NOW);
    expect(times).toEqual([4, 3, 2, 1, 0]);
    expect(second.nextCursor).toBeNull();
  });

  it('finds submissions and runs by the commit that they were built from', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const [main, other] = ['a', 'b'].map((digit) => digit.repeat(40));
    const repository = 'github.com/mbed-ce/mbed-os';
    const built = [
      { repository, ref: 'refs/heads/main', sha: main ?? '' },
      { repository, ref: 'refs/pull/7/merge', sha: other ?? '', pullRequest: 7 },
      { repository: 'github.com/somebody/mbed-os', ref: 'refs/heads/main', sha: main ?? '' },
    ];
    const runs: string[][] = [];
    for (const origin of built) runs.push(await submit(store, { runs: 3, origin }));
    await submit(store, { runs: 1 });
    const found = async (filter: OriginFilter) =>
      (await store.submissions.list({ limit: 10 }, filter)).items.map(({ origin }) => origin);
    expect(await found({ repository })).toEqual([built[1], built[0]]);
    expect(await found({ repository, ref: 'refs/heads/main' })).toEqual([built[0]]);
    expect(await found({ repository, pullRequest: 7 })).toEqual([built[1]]);
    expect(await found({ sha: 'aaaaaaa' })).toEqual([built[2], built[0]]);
    expect(await found({ sha: 'ffffffff' })).toEqual([]);
    expect(await found({})).toHaveLength(4);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = { limit: 2, ...(cursor !== null && { cursor }) };
      const list = await store.runs.list({ state: 'queued', origin: { sha: main ?? '' } }, page);
      seen.push(...list.items.map(({ id }) => id));
      cursor = list.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...(runs[2] ?? []), ...(runs[0] ?? [])]);
  });

  it('reads on through more submissions of a branch than one step takes', async () => {
    const { store } = database;
    await prepareFarm(store, []);
    const origin = { repository: 'github.com/a/b', ref: 'refs/heads/main', sha: 'c'.repeat(40) };
    for (let i = 0; i < 53; i++) await submit(store, { runs: 1, origin, createdMs: NOW + i });
    const all = await store.runs.list({ origin }, { limit: 100 });
    expect(all.items.map(({ createdMs }) => createdMs - NOW)).toEqual(
      Array.from({ length: 53 }, (_, i) => 52 - i),
    );
    const foreign = store.runs.list({ origin }, { limit: 1, cursor: '7' });
    await expect(foreign).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('lists runs by state, verdict and board', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [pass, fail, running, queued] = await submit(store, { runs: 4 });
    await finishRun(store, pass, 'b1');
    await finishRun(store, fail ?? '', 'b2', { verdict: 'fail' });
    await granted(store, running ?? '', 'b1');
    const ids = async (filter: Parameters<typeof store.runs.list>[0]) =>
      (await store.runs.list(filter, { limit: 10 })).items.map((run) => run.id);
    expect(await ids({ state: 'queued' })).toEqual([queued]);
    expect(await ids({ state: 'running' })).toEqual([running]);
    expect(await ids({ verdict: 'fail' })).toEqual([fail]);
    expect(await ids({ boardSerial: 'b1' })).toEqual([running, pass]);
  });

  it('refuses a cursor that it did not give', async () => {
    const list = database.store.runs.list({ submissionId: 'sub_x' }, { limit: 5, cursor: "1' or" });
    await expect(list).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is finished with its last run and counts verdicts', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [one, two] = await submit(store, { runs: 2 });
    await finishRun(store, one, 'b1');
    const order = await granted(store, two ?? '', 'b1', NOW + 6_000);
    const end = [batch(order, 1, [ending('fail')])];
    const { followUp } = await store.attempts.append(end, NOW + 9_000, policy);
    expect(followUp.change.submissions).toEqual([
      expect.objectContaining({
        state: 'finished',
        runsFinished: 2,
        runsRunning: 0,
        verdicts: { pass: 1, fail: 1 },
        finishedMs: NOW + 9_000,
      }),
    ]);
    const { finishedByVerdict } = await store.counts();
    expect(finishedByVerdict).toEqual(
      new Map([
        ['pass', 1],
        ['fail', 1],
      ]),
    );
  });

  it('cancels queued runs at once and names the running ones', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [running, queued] = await submit(store, { runs: 2 });
    const order = await granted(store, running, 'b1');
    const { submissionId } = (await store.runs.get(running)) ?? { submissionId: '' };
    const outcome = await store.submissions.cancel(submissionId, NOW + 1);
    expect(outcome?.running).toEqual([
      { attemptId: order.attemptId, agent: 'agent-1', boardSerial: 'b1' },
    ]);
    expect(await store.runs.get(queued ?? '')).toMatchObject({
      state: 'finished',
      verdict: 'cancelled',
      reason: 'cancelled',
    });
    expect(outcome?.change.submissions).toMatchObject([{ cancelled: true, runsFinished: 1 }]);
    expect(await store.attempts.open(order.attemptId)).toMatchObject({ cancelRequested: true });
  });

  it('ends a cancelled run as cancelled even when its agent is lost', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const order = await granted(store, id, 'b1');
    await store.runs.cancel(id, NOW);
    const why = { reason: 'agentLost', message: 'no sign of agent-1' } as const;
    const done = await store.attempts.abandon(order.attemptId, why, NOW + 1, policy);
    expect(done.requeued).toEqual([]);
    expect(done.change.submissions).toMatchObject([
      { state: 'finished', verdicts: { cancelled: 1 } },
    ]);
  });

  it('changes nothing when what is over is cancelled, and knows what never was', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    await finishRun(store, id, 'b1');
    const before = await store.runs.get(id);
    expect(await store.runs.cancel(id, NOW)).toMatchObject({ running: [], change: { runs: [] } });
    expect(await store.runs.get(id)).toEqual(before);
    expect(await store.runs.cancel('run_none', NOW)).toBeUndefined();
    expect(await store.submissions.cancel('sub_none', NOW)).toBeUndefined();
  });

  it('reports every run with its attempts, in order, beyond one page', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const ids = await submit(store, { runs: 120 });
    await finishRun(store, ids[0], 'b1');
    const { submissionId } = (await store.runs.get(ids[0])) ?? { submissionId: '' };
    const seen: string[] = [];
    const attempts: number[] = [];
    for await (const entry of store.runs.report(submissionId)) {
      seen.push(entry.run.id);
      attempts.push(entry.attempts.length);
    }
    expect(seen).toEqual(ids);
    expect(attempts.slice(0, 2)).toEqual([1, 0]);
  });

  it('knows images by their hash, and which are missing', async () => {
    const { store } = database;
    const image = {
      sha256: SHA,
      sizeBytes: 5_000_000_000,
      format: 'hex',
      targetName: 'K64F',
      segments: [{ address: 0x2000_0000, sizeBytes: 16 }],
    } as const;
    await store.images.put(image, NOW);
    await store.images.put({ ...image, sizeBytes: 1 }, NOW);
    expect(await store.images.get(SHA)).toEqual(image);
    const other = 'b'.repeat(64);
    expect(await store.images.missing([other, SHA])).toEqual([other]);
  });
}
