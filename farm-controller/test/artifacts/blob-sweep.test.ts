import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openBlobStore } from '../../src/artifacts/blob-store.js';
import { sweepBlobs } from '../../src/artifacts/blob-sweep.js';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { openStore } from '../../src/farm-store.js';
import type { ArtifactStore, BlobStore, Store } from '../../src/store/ports.js';

const HOUR_MS = 3_600_000;
const NOW = Date.now();
let dir: string;
let artifacts: ArtifactStore;
let blobs: BlobStore;
let store: Store;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-sweep-'));
  artifacts = await openFolderArtifacts(dir);
  blobs = await openBlobStore(artifacts, join(dir, 'blobs', 'tmp'));
  store = await openStore({ stateDir: dir });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function upload(content: string, ageMs: number, { named }: { named: boolean }) {
  const { sha256, sizeBytes } = await blobs.put(once(content), 1_000);
  const path = join(dir, 'blobs', sha256.slice(0, 2), sha256);
  utimesSync(path, (NOW - ageMs) / 1000, (NOW - ageMs) / 1000);
  if (named) await store.images.put({ sha256, sizeBytes, format: 'bin', segments: [] }, NOW);
  return sha256;
}

async function* once(text: string) {
  yield Buffer.from(text);
}

const sweep = () => sweepBlobs(artifacts, store.images, NOW);

describe('the sweep of blobs', () => {
  it('removes old ones that no image names, and nothing else', async () => {
    const kept = await upload('image', 100 * HOUR_MS, { named: true });
    const old = await upload('refused', 25 * HOUR_MS, { named: false });
    const young = await upload('refused just now', HOUR_MS, { named: false });
    expect(await sweep()).toBe(1);
    const left = await Promise.all([kept, old, young].map((sha256) => blobs.has(sha256)));
    expect(left).toEqual([true, false, true]);
    expect(await sweep()).toBe(0);
  });

  it('removes nothing when the database names none of them: it may be the wrong one', async () => {
    const old = await upload('image', 100 * HOUR_MS, { named: false });
    expect(await sweep()).toBe(0);
    expect(await blobs.has(old)).toBe(true);
  });

  it('takes a removed blob again', async () => {
    await upload('image', 0, { named: true });
    await upload('refused', 25 * HOUR_MS, { named: false });
    await sweep();
    const again = await upload('refused', 0, { named: true });
    expect(await text(blobs.read(again))).toBe('refused');
  });
});
