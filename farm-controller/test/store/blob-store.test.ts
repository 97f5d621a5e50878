import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openBlobStore } from '../../src/store/blob-store.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

describe('blob store', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-blobs-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const leftovers = () => readdirSync(join(dir, 'tmp'));

  it('keeps bytes under their hash', async () => {
    const blobs = await openBlobStore(dir);
    const bytes = randomBytes(100_000);
    const put = await blobs.put(pieces(bytes, 7_777), 100_000);
    expect(put).toEqual({ sha256: sha256(bytes), sizeBytes: 100_000 });
    expect(await blobs.has(put.sha256)).toBe(true);
    expect(Buffer.from((await blobs.read(put.sha256)) ?? []).equals(bytes)).toBe(true);
    const path = (await blobs.pathOf(put.sha256)) ?? '';
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  it('takes the same bytes from several at once', async () => {
    const blobs = await openBlobStore(dir);
    const bytes = randomBytes(50_000);
    const puts = Array.from({ length: 8 }, (_, i) => blobs.put(pieces(bytes, 1_000 + i), 50_000));
    const hashes = (await Promise.all(puts)).map((put) => put.sha256);
    expect(new Set(hashes)).toEqual(new Set([sha256(bytes)]));
    expect(leftovers()).toEqual([]);
  });

  it('stops reading at the limit and keeps nothing', async () => {
    const blobs = await openBlobStore(dir);
    let asked = 0;
    async function* endless() {
      for (;;) {
        asked += 1;
        yield new Uint8Array(1_000);
      }
    }
    const put = blobs.put(endless(), 10_000);
    await expect(put).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(asked).toBe(11);
    expect(leftovers()).toEqual([]);
  });

  it('keeps nothing of a source that breaks off', async () => {
    const blobs = await openBlobStore(dir);
    async function* broken() {
      yield new Uint8Array(10);
      throw new Error('connection reset');
    }
    await expect(blobs.put(broken(), 100)).rejects.toThrow('connection reset');
    expect(leftovers()).toEqual([]);
  });

  it('says storage_full when the disk is', async () => {
    const blobs = await openBlobStore(dir);
    async function* source() {
      yield new Uint8Array(10);
      throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    }
    await expect(blobs.put(source(), 100)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(62)}/.`])(
    'refuses %j as a hash',
    async (name) => {
      const blobs = await openBlobStore(dir);
      await expect(blobs.pathOf(name)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(async () => blobs.read(name)).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('has no path or bytes for what it does not have', async () => {
    const blobs = await openBlobStore(dir);
    expect(await blobs.pathOf('a'.repeat(64))).toBeUndefined();
    expect(await blobs.read('a'.repeat(64))).toBeUndefined();
  });

  it('removes what a dead process left, but not what may still be written', async () => {
    mkdirSync(join(dir, 'tmp'));
    for (const name of ['old', 'young']) writeFileSync(join(dir, 'tmp', name), 'x');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(join(dir, 'tmp', 'old'), twoDaysAgo, twoDaysAgo);
    await openBlobStore(dir);
    expect(leftovers()).toEqual(['young']);
  });
});
