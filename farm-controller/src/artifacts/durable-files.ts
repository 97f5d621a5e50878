import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Makes names in `dir` durable: a rename is only kept over a power cut once its directory is synced. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a directory and those above it, all of them durably. */
export async function makeDirectory(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = dirname(dir); at.length >= dirname(first).length; at = dirname(at))
    await syncDirectory(at);
}

/** `absent` when there is no such file; other errors stay errors. */
export async function absentAs<T, A>(work: Promise<T>, absent: A): Promise<T | A> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return absent;
    throw error;
  }
}

/** There is no such file. */
export function isAbsent(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** Turns a full disk into `storage_full`, naming the place; everything else stays as it is. */
export function asStorageError(error: unknown, where: string): unknown {
  if (error instanceof FarmError || !FULL.has(errnoOf(error))) return error;
  return new FarmError('storage_full', `no room left in ${where}`, { cause: error });
}

function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

/** Removes files that were last written before `beforeMs`. */
export async function removeOldFiles(dir: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const facts = await absentAs(stat(path), undefined);
    if (facts?.isFile() && facts.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}
