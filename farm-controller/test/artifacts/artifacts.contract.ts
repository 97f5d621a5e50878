import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import type { ArtifactStore } from '../../src/store/ports.js';

const MB = 1024 * 1024;

export async function* pieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function keysOf(store: ArtifactStore, folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder)) keys.push(key);
  return keys.sort();
}

/** What every artifact store does. `dir` is a folder for files of the test. */
export function artifactsContract(open: () => { store: ArtifactStore; dir: string }): void {
  it('gives back what it was given, whole or a range of it', async () => {
    const { store } = open();
    const bytes = randomBytes(20 * MB);
    expect(await store.put('streams/ab/large', pieces(bytes))).toBe(20 * MB);
    expect((await buffer(store.read('streams/ab/large'))).equals(bytes)).toBe(true);
    const range = store.read('streams/ab/large', { from: 9 * MB - 3, to: 9 * MB + 5 });
    expect((await buffer(range)).equals(bytes.subarray(9 * MB - 3, 9 * MB + 5))).toBe(true);
    const tail = store.read('streams/ab/large', { from: 20 * MB - 7 });
    expect((await buffer(tail)).equals(bytes.subarray(20 * MB - 7))).toBe(true);
    expect(await store.stat('streams/ab/large')).toMatchObject({ bytes: 20 * MB });
  });

  it('has nothing before the first byte and behind the last', async () => {
    const { store } = open();
    await store.put('streams/ab/small', pieces(Buffer.from('0123')));
    expect(await text(store.read('streams/ab/small', { from: 2, to: 2 }))).toBe('');
    expect(await text(store.read('streams/ab/small', { from: 4 }))).toBe('');
    expect(await text(store.read('streams/ab/small', { from: 2, to: 99 }))).toBe('23');
  });

  it('keeps an empty file, and replaces a file as a whole', async () => {
    const { store } = open();
    await store.put('streams/cd/one', pieces(new Uint8Array(0)));
    expect(await store.stat('streams/cd/one')).toMatchObject({ bytes: 0 });
    expect(await text(store.read('streams/cd/one'))).toBe('');
    await store.put('streams/cd/one', pieces(Buffer.from('longer')));
    expect(await text(store.read('streams/cd/one'))).toBe('longer');
  });

  it('takes a local file over', async () => {
    const { store, dir } = open();
    const path = join(dir, 'local');
    writeFileSync(path, 'bytes of a file');
    await store.take('blobs/ab/file', path);
    expect(await text(store.read('blobs/ab/file'))).toBe('bytes of a file');
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lists a folder, and forgets what is deleted', async () => {
    const { store } = open();
    for (const key of ['lists/ab/1', 'lists/ab/2', 'lists/cd/3', 'listsother/ab/4'])
      await store.put(key, pieces(Buffer.from(key)));
    expect(await keysOf(store, 'lists')).toEqual(['lists/ab/1', 'lists/ab/2', 'lists/cd/3']);
    expect(await keysOf(store, 'lists/cd')).toEqual(['lists/cd/3']);
    expect(await keysOf(store, 'nothing')).toEqual([]);
    await store.delete('lists/ab/1');
    await store.delete('lists/ab/1');
    expect(await keysOf(store, 'lists')).toEqual(['lists/ab/2', 'lists/cd/3']);
    expect(await store.stat('lists/ab/1')).toBeUndefined();
    await expect(text(store.read('lists/ab/1'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps nothing of a source that breaks off, and says how it broke', async () => {
    const { store } = open();
    async function* broken() {
      yield randomBytes(12 * MB);
      throw new Error('the uploader has gone');
    }
    await expect(store.put('broken/ab/x', broken())).rejects.toThrow('the uploader has gone');
    expect(await store.stat('broken/ab/x')).toBeUndefined();
    expect(await keysOf(store, 'broken')).toEqual([]);
  });

  it('holds no file whole, neither on its way in nor out', async () => {
    const { store } = open();
    const piece = randomBytes(MB);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const measure = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    };
    async function* large() {
      for (let i = 0; i < 160; i++) {
        measure();
        yield piece;
      }
    }
    expect(await store.put('streams/ef/large', large())).toBe(160 * MB);
    for await (const _ of store.read('streams/ef/large')) {
      await new Promise((resolve) => setImmediate(resolve));
      measure();
    }
    await store.delete('streams/ef/large');
    expect(most).toBeLessThan(80 * MB);
  });

  it.each([
    '../etc/passwd',
    '/etc/passwd',
    'a/../b',
    'noslash',
    'a//b',
    'a/.hidden',
    `a/${'b'.repeat(300)}`,
  ])('refuses %j as a key', async (key) => {
    const { store } = open();
    const refused = { code: 'invalid_request' };
    await expect(store.stat(key)).rejects.toMatchObject(refused);
    await expect(store.put(key, pieces(Buffer.from('x')))).rejects.toMatchObject(refused);
    await expect(text(store.read(key))).rejects.toMatchObject(refused);
  });
}
