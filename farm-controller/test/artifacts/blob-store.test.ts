import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openBlobStore } from '../../src/artifacts/blob-store.js';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';

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
  const uploads = () => join(dir, 'blobs', 'tmp');
  const open = async () => openBlobStore(await openFolderArtifacts(dir), uploads());
  const leftovers = () => [...readdirSync(uploads()), ...readdirSync(join(dir, 'tmp'))];

  it('keeps bytes under their hash', async () => {
    const blobs = await open();
    const bytes = randomBytes(100_000);
    const put = await blobs.put(pieces(bytes, 7_777), 100_000);
    expect(put).toEqual({ sha256: sha256(bytes), sizeBytes: 100_000 });
    expect(await blobs.has(put.sha256)).toBe(true);
    expect(await blobs.sizeOf(put.sha256)).toBe(100_000);
    expect((await buffer(blobs.read(put.sha256))).equals(bytes)).toBe(true);
    const file = await blobs.withFile(put.sha256, (path) => readFile(path));
    expect(file?.equals(bytes)).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  it('takes the same bytes from several at once', async () => {
    const blobs = await open();
    const bytes = randomBytes(50_000);
    const puts = Array.from({ length: 8 }, (_, i) => blobs.put(pieces(bytes, 1_000 + i), 50_000));
    const hashes = (await Promise.all(puts)).map((put) => put.sha256);
    expect(new Set(hashes)).toEqual(new Set([sha256(bytes)]));
    expect(leftovers()).toEqual([]);
  });

  it('stops reading at the limit and keeps nothing', async () => {
    const blobs = await open();
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
    const blobs = await open();
    async function* broken() {
      yield new Uint8Array(10);
      throw new Error('connection reset');
    }
    await expect(blobs.put(broken(), 100)).rejects.toThrow('connection reset');
    expect(leftovers()).toEqual([]);
  });

  it('says storage_full when the disk is', async () => {
    const blobs = await open();
    async function* source() {
      yield new Uint8Array(10);
      throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    }
    await expect(blobs.put(source(), 100)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(62)}/.`])(
    'refuses %j as a hash',
    async (name) => {
      const blobs = await open();
      await expect(blobs.sizeOf(name)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(() => blobs.read(name)).toThrow(/sha256/);
    },
  );

  it('has no size or bytes of what it does not have', async () => {
    const blobs = await open();
    expect(await blobs.sizeOf('a'.repeat(64))).toBeUndefined();
    expect(await blobs.withFile('a'.repeat(64), (path) => readFile(path))).toBeUndefined();
    await expect(buffer(blobs.read('a'.repeat(64)))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('removes what a dead process left, but not what may still be written', async () => {
    mkdirSync(uploads(), { recursive: true });
    for (const name of ['old', 'young']) writeFileSync(join(uploads(), name), 'x');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(join(uploads(), 'old'), twoDaysAgo, twoDaysAgo);
    await open();
    expect(leftovers()).toEqual(['young']);
  });
});
