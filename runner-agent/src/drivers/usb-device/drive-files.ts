import { constants, lstat, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/*
 * Files on a drive whose contents firmware has made. Names come from the firmware too, and a file system may hold links:
 * nothing is read or deleted but regular files that lie on the drive itself.
 */
/** There is nothing of that name, or the drive is not there any more or does not answer. */
const GONE: ReadonlySet<unknown> = new Set([
  'EIO',
  'ELOOP',
  'ENODEV',
  'ENOENT',
  'ENOTDIR',
  'ENXIO',
]);

/** The path of a regular file on the drive that is mounted at `point`; undefined when there is none. */
export async function regularFile(
  point: string,
  path: readonly string[],
): Promise<string | undefined> {
  if (!path.every(isBareName)) return undefined;
  const root = await unlessGone(realpath(point));
  if (root === undefined) return undefined;
  const file = join(root, ...path);
  const [real, stats] = await Promise.all([unlessGone(realpath(file)), unlessGone(lstat(file))]);
  return real === file && stats?.isFile() ? file : undefined;
}

/** Neither a link nor a FIFO that a file was exchanged for meanwhile is followed or waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The first `maxBytes` of a file; undefined when it is none any more. */
export async function beginningOf(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await open(file, READ);
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(new Uint8Array(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Deletes a file and has that written to the drive. */
export async function remove(file: string): Promise<true> {
  await unlink(file);
  const folder = await open(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return true;
}

/** What came of the work, or undefined when the drive has gone meanwhile. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && GONE.has(error.code))
      return undefined;
    throw error;
  }
}

const isBareName = (name: string): boolean =>
  name !== '.' && name !== '..' && /^[^/\0]{1,255}$/.test(name);
