import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AssignedImage } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ImageCache } from '../../src/image-cache/image-cache.js';

const wanted = new AbortController().signal;
const log = pino({ level: 'silent' });
let dir: string;
let served: Map<string, Buffer>;
let downloads: number;
let offsets: number[];
let free: number;
/** The line breaks before this byte. */
let cutAt: number;
let chunk: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-cache-'));
  served = new Map();
  downloads = 0;
  offsets = [];
  free = 1e12;
  cutAt = Number.POSITIVE_INFINITY;
  chunk = 300;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function imageOf(fill: number, sizeBytes = 1000): AssignedImage {
  const bytes = Buffer.alloc(sizeBytes, fill);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  served.set(sha256, bytes);
  return { sha256, sizeBytes, name: `${fill}.bin`, format: 'bin' };
}

async function openCache(maxBytes = 1e6): Promise<ImageCache> {
  return await ImageCache.open({
    dir,
    maxBytes,
    log,
    freeBytes: async () => free,
    download: async function* (sha256, from) {
      downloads++;
      const bytes = served.get(sha256);
      if (!bytes) throw new Error('HTTP 404');
      offsets.push(from);
      for (let at = from; at < bytes.length; at += chunk) {
        if (at >= cutAt) throw new Error('the line broke');
        yield bytes.subarray(at, at + chunk);
      }
    },
  });
}

describe('the image cache', () => {
  it('fetches an image once for all who want it at the same time', async () => {
    const cache = await openCache();
    const image = imageOf(1);
    const held = await Promise.all([1, 2, 3].map(() => cache.acquire(image, wanted)));
    expect(new Set(held.map(({ path }) => path)).size).toBe(1);
    expect(held[0]?.info.sha256).toBe(image.sha256);
    await cache.acquire(image, wanted);
    expect(downloads).toBe(1);
  });

  it('knows its images after a restart and removes half downloads', async () => {
    const image = imageOf(1);
    await (await openCache()).acquire(image, wanted);
    writeFileSync(join(dir, `${image.sha256}.part`), 'half');
    await (await openCache()).acquire(image, wanted);
    expect(downloads).toBe(1);
    expect(readdirSync(dir)).toEqual([image.sha256]);
  });

  it.each([
    ['other bytes', Buffer.alloc(1000, 9)],
    ['too few bytes', Buffer.alloc(10, 1)],
    ['endless bytes', Buffer.alloc(100_000, 1)],
  ])('refuses %s and keeps nothing of them', async (_what, bytes) => {
    const cache = await openCache();
    const image = imageOf(1);
    served.set(image.sha256, bytes);
    await expect(cache.acquire(image, wanted)).rejects.toMatchObject({
      reason: 'imageUnavailable',
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('goes on with a large image where the line broke, also after a restart', async () => {
    const MB = 1024 * 1024;
    const image = { ...imageOf(0, 70 * MB), name: 'card.img', format: 'raw' } as const;
    chunk = MB;
    cutAt = 68 * MB;
    await expect((await openCache()).acquire(image, wanted)).rejects.toMatchObject({
      ...{ reason: 'imageUnavailable', message: expect.stringContaining('the line broke') },
    });
    cutAt = Number.POSITIVE_INFINITY;
    const held = await (await openCache()).acquire(image, wanted);
    expect(held.info).toEqual({
      ...{ format: 'raw', sizeBytes: image.sizeBytes, sha256: image.sha256, segments: [] },
    });
    expect(offsets).toEqual([0, 68 * MB]);
    expect(readdirSync(dir)).toEqual([image.sha256]);
  });

  it('fetches no image that the disk has no room for, and says how much is missing', async () => {
    const cache = await openCache();
    free = 1000;
    await expect(cache.acquire(imageOf(1), wanted)).rejects.toMatchObject({
      reason: 'imageUnavailable',
      message: expect.stringMatching(/1\.bin needs \d+ bytes in .*, where 1000 are free/),
    });
    expect(downloads).toBe(0);
  });

  it('removes the least recently used image beyond its size, never one in use', async () => {
    const cache = await openCache(2500);
    const [a, b, c] = [imageOf(1), imageOf(2), imageOf(3)];
    const used = await cache.acquire(a, wanted);
    (await cache.acquire(b, wanted)).release();
    (await cache.acquire(c, wanted)).release();
    expect(readdirSync(dir).sort()).toEqual([a.sha256, c.sha256].sort());
    used.release();
    used.release();
    (await cache.acquire(c, wanted)).release();
    (await cache.acquire(b, wanted)).release();
    expect(readdirSync(dir).sort()).toEqual([b.sha256, c.sha256].sort());
  });

  it('lets an attempt that is cancelled go while the download goes on', async () => {
    const cache = await openCache();
    const stop = new AbortController();
    const acquired = cache.acquire(imageOf(1), stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(acquired).rejects.toThrow('cancelled');
  });

  it('calls bytes that are no image unsuitable', async () => {
    const cache = await openCache();
    const bytes = Buffer.from('\x7fELF and nothing more');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    served.set(sha256, bytes);
    const image = { sha256, sizeBytes: bytes.length, name: 'torn.elf', format: 'elf' } as const;
    await expect(cache.acquire(image, wanted)).rejects.toMatchObject({
      reason: 'imageUnsuitable',
      message: expect.stringContaining('torn.elf'),
    });
  });
});
