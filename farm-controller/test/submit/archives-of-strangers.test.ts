import type { Inventory } from '@greenrack/board-inventory';
import { type BoundOrigin, FarmError, UNTRUSTED_TAG } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AsyncZippable, strToU8, zipSync } from 'fflate';
import { rerunFor } from '../../src/submit/rerun-route.js';
import { type ArchiveWish, submitArchive } from '../../src/submit/submit-archive.js';
import type { SubmitDeps } from '../../src/submit/submit-service.js';
import { elf } from '../web/support/images.js';
import { CM3DS, M3 } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

const SHA = 'a'.repeat(40);
const bound: BoundOrigin = {
  ...{ repository: 'github.com/acme/firmware', sha: SHA, ref: 'refs/pull/7/head' },
  ...{ pullRequest: 7, builtBy: 'github-actions' },
};
const M3_IMAGE = elf({ target: M3 });
/** Where the central directory says how large a file is, behind its signature. */
const UNPACKED_AT = 24;
const FLAGS_AT = 8;
const METHOD_AT = 10;
const OFFSET_AT = 42;

let farm: TestFarm;
let deps: SubmitDeps;
beforeAll(async () => {
  farm = await startFarm();
  const { store, blobs, news } = farm;
  const inventory = withTag(farm.inventory, 'virt-m3-02');
  deps = { store, blobs, news, inventory, onSubmitted: () => undefined, onError: () => undefined };
});
afterAll(() => farm.close());

function withTag(inventory: Inventory, serial: string): Inventory {
  const boards = inventory.boards.map((board) =>
    board.serial === serial ? { ...board, tags: [...board.tags, UNTRUSTED_TAG] } : board,
  );
  const { racks, models, targets, goldenImages } = inventory;
  return { boards, racks, models, targets, goldenImages };
}

let keys = 0;
const wishOf = (archive: Uint8Array, more: Partial<ArchiveWish> = {}): ArchiveWish => ({
  ...{ name: 'smoke', bound, tenant: 'default/forks', submitter: 'github:ada' },
  ...{ key: `github-${++keys}`, fetch: async () => Buffer.from(archive) },
  ...more,
});
const submit = (archive: Uint8Array, more: Partial<ArchiveWish> = {}) =>
  submitArchive(wishOf(archive, more), deps, AbortSignal.timeout(60_000));
const refusalOf = async (archive: Uint8Array): Promise<FarmError> => {
  const error: unknown = await submit(archive).catch((thrown: unknown) => thrown);
  if (error instanceof FarmError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
};
const zip = (files: AsyncZippable): Buffer => Buffer.from(zipSync(files as never));
const withSpec = (spec: object, files: AsyncZippable = { 'app.elf': M3_IMAGE }): Buffer =>
  zip({
    'greenrack.json': strToU8(JSON.stringify({ version: 1, name: 'smoke', ...spec })),
    ...files,
  });

/** An archive whose first entry of the central directory says something else. */
function lying(change: (entry: Buffer) => void, archive = zip({ [`${M3}/app.elf`]: M3_IMAGE })) {
  const copy = Buffer.from(archive);
  change(copy.subarray(copy.indexOf('PK\u0001\u0002', 0, 'latin1')));
  return copy;
}

describe('an archive of a stranger', () => {
  it('is submitted for the commit that was built, in the last band, for boards that take strangers', async () => {
    const id = await submit(zip({ [`${M3}/app.elf`]: M3_IMAGE, 'notes.txt': strToU8('x') }));
    expect(await farm.store.submissions.get(id)).toMatchObject({
      ...{ name: 'smoke', tenant: 'default/forks', submitter: 'github:ada', band: 'low' },
      origin: bound,
    });
    const { items } = await farm.store.runs.list({ submissionId: id }, { limit: 10 });
    expect(items).toMatchObject([
      { name: 'app', requirement: { target: M3, tags: [UNTRUSTED_TAG] } },
    ]);
  });

  it('is submitted once, however often it is tried', async () => {
    const key = 'the same';
    const archive = zip({ [`${M3}/app.elf`]: M3_IMAGE });
    const first = await submit(archive, { key });
    const again = await submit(archive, { key, fetch: () => Promise.reject(new Error('asked')) });
    expect(again).toBe(first);
  });

  it('stays what it is when it is run again', async () => {
    const id = await submit(withSpec({ runs: [{ image: 'app.elf', target: M3 }] }));
    const wish = { submissionId: id, tenant: 'default/forks', asker: 'github:ada', key: 'again' };
    await rerunFor(deps, { ...wish, only: 'all' });
    const { items } = await farm.store.submissions.list({ limit: 1 });
    expect(items).toMatchObject([{ rerunOf: id, band: 'low', tenant: 'default/forks' }]);
    const runs = await farm.store.runs.list({ submissionId: items[0]?.id ?? '' }, { limit: 10 });
    expect(runs.items).toMatchObject([{ requirement: { tags: [UNTRUSTED_TAG] } }]);
  });

  it('has a quota of its own from the first, which an admin may change', async () => {
    await submit(zip({ [`${M3}/app.elf`]: M3_IMAGE }), { tenant: 'team/forks' });
    const usage = await farm.store.tenants.usage();
    const mine = usage.find(({ tenant }) => tenant === 'team/forks');
    expect(mine).toMatchObject({ maxQueuedRuns: 500, maxBytes: 2 * 1024 ** 3 });
    await farm.store.tenants.setQuota('team/forks', { maxQueuedRuns: 0 });
    const more = submit(zip({ [`${M3}/app.elf`]: M3_IMAGE }), { tenant: 'team/forks' });
    await expect(more).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it.each<[string, object, RegExp]>([
    ['runs a command of the host', { hostCommand: 'rm -rf /' }, /runs\[0\].*hostCommand/],
    ['names a script for the host', { hostTest: '../evil.py' }, /runs\[0\]\.hostTest/],
    ['reads a path', { image: '/etc/passwd' }, /runs\[0\]\.image/],
    ['reads a path above its own', { image: '../../secret.elf' }, /runs\[0\]\.image/],
    ['points at a URL', { image: 'https://evil.example/app.elf' }, /runs\[0\]\.image/],
    ['has no such image', { image: 'other.elf' }, /the artifact has no 'other.elf'/],
    ['asks for a board of ours', { board: 'virt-m3-01' }, /no tag 'untrusted-ok'/],
    ['asks for a target that takes no strangers', { target: CM3DS }, /no tag 'untrusted-ok'/],
    ['keeps a board for hours', { timeoutMs: 3_600_000 }, /runs\[0\]\.timeoutMs: at most 600000/],
    ['asks for too many tags', { tags: Array.from({ length: 16 }, (_, i) => `t${i}`) }, /tags/],
  ])('is refused when its spec %s', async (_what, run, message) => {
    const error = await refusalOf(withSpec({ runs: [{ image: 'app.elf', target: M3, ...run }] }));
    expect(error.message).toMatch(message);
  });

  it.each([
    ['sha', { sha: 'b'.repeat(40) }],
    ['repository', { sha: SHA, repository: 'github.com/acme/other' }],
    ['pullRequest', { sha: SHA, pullRequest: 8 }],
  ])('is refused when its spec says another %s than what was built', async (field, origin) => {
    const error = await refusalOf(withSpec({ origin, runs: [{ image: 'app.elf', target: M3 }] }));
    expect(error).toMatchObject({ code: 'forbidden' });
    expect(error.message).toMatch(new RegExp(`^origin\\.${field}`));
  });

  it('runs no image that only the farm has', async () => {
    const id = await submit(zip({ [`${M3}/app.elf`]: M3_IMAGE }));
    const { items } = await farm.store.runs.list({ submissionId: id }, { limit: 1 });
    const images = [{ name: 'theirs.elf', sha256: items[0]?.imageSha256 }];
    const error = await refusalOf(
      withSpec({ images, runs: [{ image: 'theirs.elf', target: M3 }] }),
    );
    expect(error).toMatchObject({ code: 'image_missing' });
  });

  it.each<[string, Buffer, RegExp]>([
    ['is none', Buffer.from('no zip'), /no sound archive/],
    ['is cut', zip({ [`${M3}/app.elf`]: M3_IMAGE }).subarray(0, -30), /no sound archive/],
    ['leads out of its folder', zip({ '../../etc/app.elf': M3_IMAGE }), /relative path|\.\./],
    ['names a path from the root', zip({ '/etc/app.elf': M3_IMAGE }), /absolute path/],
    ['names a path of Windows', zip({ 'a\\..\\app.elf': M3_IMAGE }), /invalid characters/],
    ['has a link', zip({ l: [strToU8('/etc'), { os: 3, attrs: 0o120777 * 0x10000 }] }), /a link/],
    ['is encrypted', lying((e) => e.writeUInt16LE(1, FLAGS_AT)), /encrypted/],
    ['is packed in another way', lying((e) => e.writeUInt16LE(99, METHOD_AT)), /packed in a way/],
    [
      'says it unpacks to 4 GB',
      lying((e) => e.writeUInt32LE(0xfffffffe, UNPACKED_AT)),
      /more than/,
    ],
    ['says it unpacks to less', lying((e) => e.writeUInt32LE(20, UNPACKED_AT)), /too many bytes/],
    [
      'is sized by a field that it lacks',
      lying((e) => e.writeUInt32LE(0xffffffff, UNPACKED_AT)),
      /more than/,
    ],
    ['starts beyond its end', lying((e) => e.writeUInt32LE(0xfffffff0, OFFSET_AT)), /shares bytes/],
    ['has no image', zip({ 'readme.md': strToU8('x') }), /found 0 images/],
    ['has two specs', withSpec({}, { 'b/greenrack.yml': strToU8('x') }), /leave one out/],
  ])('is refused when it %s', async (_what, archive, message) => {
    const error = await refusalOf(archive);
    expect(['invalid_request', 'payload_too_large']).toContain(error.code);
    expect(error.message).toMatch(message);
  });

  it('is refused when two of its files are the same bytes', async () => {
    const both = zip({ [`${M3}/a.elf`]: M3_IMAGE, [`${M3}/b.elf`]: M3_IMAGE });
    const second = both.lastIndexOf('PK\u0001\u0002', undefined, 'latin1');
    const overlapping = Buffer.from(both);
    overlapping.writeUInt32LE(0, second + OFFSET_AT);
    expect((await refusalOf(overlapping)).message).toMatch(/shares bytes with another/);
  });

  it('is refused when a byte of it is another', async () => {
    const stored = zip({ [`${M3}/app.elf`]: [M3_IMAGE, { level: 0 }] });
    const at = stored.indexOf(M3_IMAGE) + 60;
    stored[at] = (stored[at] ?? 0) ^ 1;
    expect((await refusalOf(stored)).message).toMatch(/is damaged/);
  });

  it('is refused when it has more files than anybody builds', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 5_001 }, (_, i) => [`f${i}`, new Uint8Array()]),
    );
    expect((await refusalOf(zip(many))).message).toMatch(/more than 5000 files/);
  });
});
