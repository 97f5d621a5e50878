import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import { causeCode } from './database-errors.js';

/** Makes names in `dir` durable: a rename is only kept over a power cut once its directory is synced. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `absent` when there is no such file; other errors stay errors. */
export async function absentAs<T, A>(work: Promise<T>, absent: A): Promise<T | A> {
  try {
    return await work;
  } catch (error) {
    if (causeCode(error) === 'ENOENT') return absent;
    throw error;
  }
}

/** Turns a full disk into `storage_full`, naming the place; everything else stays as it is. */
export function asStorageError(error: unknown, where: string): unknown {
  if (error instanceof FarmError || !['ENOSPC', 'EDQUOT'].includes(causeCode(error))) return error;
  return new FarmError('storage_full', `no room left in ${where}`, { cause: error });
}

/** Removes files that were last written before `beforeMs`. */
export async function removeOldFiles(dir: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const facts = await absentAs(stat(path), undefined);
    if (facts?.isFile() && facts.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}
