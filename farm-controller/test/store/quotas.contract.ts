import { newId } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import type { NewSubmission, StoredStream } from '../../src/store/ports.js';
import { UploadStore } from '../../src/submit/upload-store.js';
import {
  finishRun,
  granted,
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

/** The same submission once more. */
function newIds({ runs }: NewSubmission): Pick<NewSubmission, 'id' | 'runs'> {
  return { id: newId('sub', NOW), runs: runs.map((run) => ({ ...run, id: newId('run', NOW) })) };
}

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

  it('leaves out what the farm runs by itself', async () => {
    await prepareFarm(db.store, ['b1']);
    await db.store.tenants.setQuota('lab', { maxQueuedRuns: 2 });
    const ofFarm = { ...newSubmission({ runs: 5, tenant: 'lab' }), ofFarm: true };
    await db.store.submissions.create(ofFarm);
    const [first] = await submit(db.store, { runs: 2, tenant: 'lab' });
    expect(await usageOf(db, 'lab')).toMatchObject({ queuedRuns: 2 });
    await expect(submit(db.store, { runs: 1, tenant: 'lab' })).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    await granted(db.store, first, 'b1');
    await submit(db.store, { runs: 1, tenant: 'lab' });
    await db.store.submissions.create({ ...ofFarm, ...newIds(ofFarm) });
    expect(await usageOf(db, 'lab')).toMatchObject({ queuedRuns: 2 });
  });

  it('counts uploads with all that they will have, from their beginning, and once', async () => {
    const uploads = new UploadStore(db.store.database);
    await db.store.tenants.setQuota('lab', { maxBytes: 100 });
    const begin = (digit: string, sizeBytes: number) =>
      uploads.begin('lab', { sha256: digit.repeat(64), sizeBytes }, NOW);
    const both = await Promise.allSettled([begin('1', 60), begin('2', 60)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [begun] = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const digit = begun?.sha256[0] ?? '';
    await expect(db.store.images.put(image('3', 41), NOW, 'lab')).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    expect(await usageOf(db, 'lab')).toMatchObject({ uploadBytes: 60, imageBytes: 0 });
    await db.store.images.put(image(digit, 60), NOW, 'lab');
    expect(await usageOf(db, 'lab')).toMatchObject({ uploadBytes: 0, imageBytes: 60 });
    const more = await begin('4', 40);
    await expect(begin('5', 1)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await uploads.end(more, NOW);
    await begin('5', 1);
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
