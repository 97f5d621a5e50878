import { statfs } from 'node:fs/promises';
import { MAX_IMAGE_BYTES } from '@greenrack/farm-protocol';

/**
 * Whether there is room for results: at least for one more image of the largest size.
 * @param dir - any folder of the file system that is asked for
 */
export async function freeSpace(
  dir: string,
  needBytes = MAX_IMAGE_BYTES,
): Promise<{ ok: boolean; detail: string }> {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  return { ok: freeBytes >= needBytes, detail: `${freeBytes} bytes are free where ${dir} is` };
}
