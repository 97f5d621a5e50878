import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import {
  MAX_IMAGE_BYTES,
  MAX_PIECE_BYTES,
  type UploadView,
  uploadViewSchema,
} from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { elf } from '../web/support/images.js';
import { type Ask, ask, askFor, problemAt } from '../web/support/request.js';
import { M3, specOf } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

const MB = 1024 * 1024;
const DAY_MS = 86_400_000;
const as = 'submitter';

let farm: TestFarm;
beforeEach(async () => {
  farm = await startFarm();
});
afterEach(() => farm.close());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Two and a half pieces of the least size. */
const image = elf({ sizeBytes: 2.5 * MB });
const HASH = sha256(image);

const at = (hash: string, rest = '') => `/api/v1/uploads/${hash}${rest}`;
const begin = (hash: string, sizeBytes: number, how: Ask = { as }) =>
  askFor(uploadViewSchema, farm, {
    ...{ path: at(hash), method: 'PUT', json: { sizeBytes } },
    ...how,
  });
const pieceRequest = (bytes: Uint8Array, headers: Record<string, string> = {}) => ({
  ...({ method: 'PATCH', as, body: bytes } as const),
  headers: { 'content-type': 'application/octet-stream', ...headers },
});
const send = (hash: string, offset: number, bytes: Uint8Array): Promise<UploadView> =>
  askFor(uploadViewSchema, farm, {
    ...pieceRequest(bytes),
    path: at(hash, `?offset=${offset}`),
  });
const finish = (hash: string) =>
  askFor(uploadViewSchema, farm, { path: at(hash, '/finish'), method: 'POST', as });
const problemOfPiece = (offset: number, bytes: Uint8Array, headers?: Record<string, string>) =>
  problemAt(farm, at(HASH, `?offset=${offset}`), pieceRequest(bytes, headers));
const piecesOnDisk = async () =>
  (await readdir(join(farm.dir, 'uploads'), { recursive: true }).catch(() => [])).filter((name) =>
    name.includes('/'),
  );

async function uploaded(bytes: Uint8Array): Promise<UploadView> {
  const hash = sha256(bytes);
  let { offset } = await begin(hash, bytes.length);
  while (offset < bytes.length)
    ({ offset } = await send(hash, offset, bytes.subarray(offset, offset + MB)));
  return finish(hash);
}

describe('an upload in pieces', () => {
  it('is an image that submissions name by its hash', async () => {
    expect(await uploaded(image)).toEqual({
      ...{ sha256: HASH, sizeBytes: image.length, offset: image.length, state: 'done' },
    });
    expect(image.equals(await buffer(farm.blobs.read(HASH)))).toBe(true);
    const spec = specOf([{ image: 'large.elf', target: M3 }]);
    const named = { ...spec, images: [{ name: 'large.elf', sha256: HASH }] };
    const response = await ask(farm, '/api/v1/submissions', { as, json: named });
    expect(response.status).toBe(201);
  });

  it('goes on where it was, whoever asks for its beginning or its end again', async () => {
    await begin(HASH, image.length);
    await send(HASH, 0, image.subarray(0, MB));
    expect(await begin(HASH, image.length)).toMatchObject({ offset: MB, state: 'receiving' });
    await send(HASH, MB, image.subarray(MB, 2 * MB));
    await send(HASH, 2 * MB, image.subarray(2 * MB));
    const ends = await Promise.all([finish(HASH), finish(HASH)]);
    expect([...ends, await finish(HASH), await begin(HASH, image.length)]).toEqual(
      Array(4).fill(expect.objectContaining({ state: 'done', offset: image.length })),
    );
  });

  it('takes a piece at its place only, and says where that is', async () => {
    await begin(HASH, image.length);
    await send(HASH, 0, image.subarray(0, MB));
    expect(await problemOfPiece(0, image.subarray(0, MB))).toMatchObject({
      code: 'conflict',
      errors: [{ path: 'offset', message: `the next piece begins at ${MB}, this one at 0` }],
    });
    expect(await piecesOnDisk()).toHaveLength(1);
  });

  it('takes one of two pieces that come for the same place at once', async () => {
    await begin(HASH, image.length);
    const both = await Promise.all(
      [0, 1].map(() => ask(farm, at(HASH, '?offset=0'), pieceRequest(image.subarray(0, MB)))),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await piecesOnDisk()).toHaveLength(1);
  });

  it('takes packed pieces, and counts what they are unpacked', async () => {
    await begin(HASH, image.length);
    const packed = gzipSync(image.subarray(0, MB));
    const headers = { 'content-encoding': 'gzip' };
    const response = await ask(farm, at(HASH, '?offset=0'), pieceRequest(packed, headers));
    expect(await response.json()).toMatchObject({ offset: MB });
  });

  it('unpacks no bomb further than a piece may be, and keeps nothing of it', async () => {
    await begin(HASH, MAX_IMAGE_BYTES);
    const bomb = gzipSync(Buffer.alloc(MAX_PIECE_BYTES + MB));
    expect(bomb.length).toBeLessThan(MB);
    const found = await problemOfPiece(0, bomb, { 'content-encoding': 'gzip' });
    expect(found).toMatchObject({
      code: 'payload_too_large',
      detail: expect.stringContaining(String(MAX_PIECE_BYTES)),
    });
    expect(await piecesOnDisk()).toEqual([]);
    expect(await begin(HASH, MAX_IMAGE_BYTES)).toMatchObject({ offset: 0 });
  });

  it.each([
    ['a damaged gzip', gzipSync(image).fill(7, 40, 80), 'gzip', 'invalid_request'],
    [
      'a gzip that ends early',
      gzipSync(image.subarray(0, MB)).subarray(0, 90),
      'gzip',
      'invalid_request',
    ],
    ['a packing that is not known', image, 'zstd', 'unsupported_media_type'],
    ['less than a piece must have', image.subarray(0, 100), 'identity', 'invalid_request'],
    ['more than the image has', Buffer.concat([image, image]), 'identity', 'payload_too_large'],
  ])('refuses %s', async (_what, bytes, encoding, code) => {
    await begin(HASH, image.length);
    expect((await problemOfPiece(0, bytes, { 'content-encoding': encoding })).code).toBe(code);
    expect(await piecesOnDisk()).toEqual([]);
  });

  it('over 4 GiB is refused before its first byte, with the limit', async () => {
    const how = { method: 'PUT', as, json: { sizeBytes: MAX_IMAGE_BYTES + 1 } } as const;
    const problem = await problemAt(farm, at(HASH), how);
    expect(problem.errors?.[0]).toMatchObject({
      path: 'sizeBytes',
      message: expect.stringContaining(String(MAX_IMAGE_BYTES)),
    });
  });

  it('is refused with the reason when the disk has no room for it', async () => {
    farm.knobs.freeBytes = async () => 100 * MB;
    const how = { method: 'PUT', as, json: { sizeBytes: 50 * MB } } as const;
    expect(await problemAt(farm, at(HASH), how)).toMatchObject({
      code: 'storage_full',
      detail: expect.stringContaining(`${100 * MB} are free`),
    });
  });

  it('with other bytes than announced is given up, and may be begun anew', async () => {
    const wrong = '0'.repeat(64);
    await begin(wrong, MB);
    await send(wrong, 0, image.subarray(0, MB));
    const end = { method: 'POST', as } as const;
    expect(await problemAt(farm, at(wrong, '/finish'), end)).toMatchObject({
      code: 'image_mismatch',
    });
    expect(await begin(wrong, MB)).toMatchObject({ offset: 0 });
  });

  it('whose pieces are gone, as after a restored backup, is begun anew', async () => {
    await begin(HASH, image.length);
    for (const from of [0, MB, 2 * MB]) await send(HASH, from, image.subarray(from, from + MB));
    await rm(join(farm.dir, 'uploads'), { recursive: true });
    expect(await problemAt(farm, at(HASH, '/finish'), { method: 'POST', as })).toMatchObject({
      code: 'not_found',
    });
    expect(await begin(HASH, image.length)).toMatchObject({ offset: 0 });
  });

  it('that its tenant may not have any more leaves nothing, and is finished once it may', async () => {
    await begin(HASH, image.length);
    for (const from of [0, MB, 2 * MB]) await send(HASH, from, image.subarray(from, from + MB));
    const [{ tenant } = { tenant: '' }] = await farm.store.database.queries
      .selectFrom('uploads')
      .select('tenant')
      .execute();
    await farm.store.tenants.setQuota(tenant, { maxBytes: image.length - 1 });
    expect(await problemAt(farm, at(HASH, '/finish'), { method: 'POST', as })).toMatchObject({
      code: 'quota_exceeded',
    });
    expect(await farm.blobs.has(HASH)).toBe(false);
    await farm.store.tenants.setQuota(tenant, { maxBytes: image.length });
    expect(await finish(HASH)).toMatchObject({ state: 'done' });
  });

  it('is of its tenant alone', async () => {
    await begin(HASH, image.length);
    const secret = await addToken(farm.store, {
      name: 'other',
      role: 'submitter',
      tenant: 'other',
    });
    expect(await problemAt(farm, at(HASH), { secret })).toMatchObject({ code: 'not_found' });
  });

  it('is one of a few that a tenant may have, until one is given up', async () => {
    const hashes = Array.from({ length: 9 }, (_, i) => String(i).repeat(64));
    for (const hash of hashes.slice(0, 8)) await begin(hash, MB);
    const how = { method: 'PUT', as, json: { sizeBytes: MB } } as const;
    expect(await problemAt(farm, at(hashes[8] ?? ''), how)).toMatchObject({
      code: 'too_many_requests',
    });
    await ask(farm, at(hashes[0] ?? ''), { method: 'DELETE', as });
    await begin(hashes[8] ?? '', MB);
  });

  it('leaves no piece once it is finished, given up, or untouched for a day', async () => {
    await uploaded(image);
    const other = '1'.repeat(64);
    await begin(other, 4 * MB);
    await send(other, 0, image.subarray(0, MB));
    const ids = await idsOf();
    expect(ids).toHaveLength(2);
    const [finished = '', unfinished = ''] = ids;
    expect(await farm.uploads.sweep(finished)).toBeUndefined();
    expect(await farm.uploads.sweep(unfinished)).toBeGreaterThan(Date.now());
    farm.knobs.nowMs = () => Date.now() + DAY_MS + 1;
    expect(await farm.uploads.sweep(unfinished)).toBeUndefined();
    expect(await piecesOnDisk()).toEqual([]);
    expect(await problemAt(farm, at(other), { as })).toMatchObject({ code: 'not_found' });
  });
});

/** Of all uploads, the finished first. */
async function idsOf(): Promise<string[]> {
  const { queries } = farm.store.database;
  const rows = await queries.selectFrom('uploads').select('id').orderBy('ended', 'desc').execute();
  return rows.map(({ id }) => id);
}

describe('an image that is downloaded', () => {
  it.each([
    ['bytes=100-', 206, image.subarray(100), `bytes 100-${image.length - 1}/${image.length}`],
    ['bytes=0-9', 206, image.subarray(0, 10), `bytes 0-9/${image.length}`],
    [
      'bytes=-5',
      206,
      image.subarray(-5),
      `bytes ${image.length - 5}-${image.length - 1}/${image.length}`,
    ],
    [`bytes=${image.length}-`, 416, Buffer.alloc(0), `bytes */${image.length}`],
    ['bytes=0-1,5-6', 200, image, null],
    ['lines=1-2', 200, image, null],
  ])('may be asked for by range: %s', async (range, status, bytes, answered) => {
    await uploaded(image);
    const response = await ask(farm, `/api/v1/images/${HASH}`, { as, headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-range')).toBe(answered);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });
});
