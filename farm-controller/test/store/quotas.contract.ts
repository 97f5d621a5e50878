import { expect, it } from '@jest/globals';
import type { StoredStream } from '../../src/store/ports.js';
import {
  finishRun,
  NOW,
  newSubmission,
  prepareFarm,
  SHA,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const usageOf = async ({ store }: TestDatabase, tenant: string) =>
  (await store.tenants.usage()).find((one) => one.tenant === tenant);
const image = (digit: string, sizeBytes: number) => ({
  ...({ sha256: digit.repeat(64), sizeBytes, format: 'elf', segments: [] } as const),
});

/** What a tenant has, and that it gets no more than it may have. */
export function quotasContract(db: TestDatabase): void {
  it('charges an image to whoever brought it first, and refuses what is over the quota', async () => {
    await db.store.tenants.setQuota('lab', { maxBytes: 100 });
    await db.store.images.put(image('1', 60), NOW, 'lab');
    await db.store.images.put(image('1', 60), NOW, 'other');
    await expect(db.store.images.put(image('2', 41), NOW, 'lab')).rejects.toMatchObject({
      code: 'quota_exceeded',
      fields: [{ path: 'images', message: expect.stringMatching(/have 101 bytes.*quota of 100/) }],
    });
    expect(await db.store.images.get('2'.repeat(64))).toBeUndefined();
    await db.store.images.put(image('2', 40), NOW, 'lab');
    expect(await usageOf(db, 'lab')).toMatchObject({ imageBytes: 100, maxBytes: 100 });
    expect((await usageOf(db, 'other'))?.imageBytes ?? 0).toBe(0);
  });

  it('lets no more runs wait than the quota says, of submissions that come at once too', async () => {
    await prepareFarm(db.store, ['b1']);
    await db.store.tenants.setQuota('lab', { maxQueuedRuns: 5 });
    const all = await Promise.allSettled(
      [1, 2, 3, 4].map(() =>
        db.store.submissions.create(newSubmission({ runs: 2, tenant: 'lab' })),
      ),
    );
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ code: 'quota_exceeded', fields: [{ path: 'runs' }] });
    await submit(db.store, { runs: 3, tenant: 'stranger' });
    expect(await usageOf(db, 'lab')).toMatchObject({ queuedRuns: 4, maxQueuedRuns: 5 });
    await db.store.tenants.setQuota('lab', { maxQueuedRuns: null });
    await submit(db.store, { runs: 9, tenant: 'lab' });
  });

  it('counts each stored stream once', async () => {
    await prepareFarm(db.store, ['b1']);
    const [run] = await submit(db.store, { runs: 1, tenant: 'lab' });
    const { attemptId } = await finishRun(db.store, run, 'b1');
    const stored: StoredStream = {
      ...{ attemptId, name: 'console', bytes: 9, sha256: SHA, storedBytes: 7 },
      kind: 'console',
    };
    await db.store.streams.stored([stored]);
    await db.store.streams.stored([stored, { ...stored, name: 'events', kind: 'events' }]);
    expect(await usageOf(db, 'lab')).toMatchObject({ logBytes: 14 });
  });

  it('counts a stream once that two controllers store at once', async () => {
    await prepareFarm(db.store, ['b1']);
    const stores = [db.store, await db.secondStore()];
    for (let i = 0; i < 10; i++) {
      const [run] = await submit(db.store, { runs: 1, tenant: 'lab' });
      const { attemptId } = await finishRun(db.store, run, 'b1');
      const stored: StoredStream = {
        ...{ attemptId, name: 'console', bytes: 9, sha256: SHA, storedBytes: 7 },
        kind: 'console',
      };
      await Promise.all(stores.map(({ streams }) => streams.stored([stored])));
    }
    expect(await usageOf(db, 'lab')).toMatchObject({ logBytes: 70 });
  });
}
