import { statfs } from 'node:fs/promises';
import { MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';

/** Free bytes of the file system that a folder is on. */
export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/**
 * Whether there is room for results: at least for one more image in the form of a submission.
 * Never rejects: what cannot be asked is not well.
 * @param dir - any folder of the file system that is asked for
 */
export async function freeSpace(
  dir: string,
  needBytes = MAX_FORM_IMAGE_BYTES,
): Promise<{ ok: boolean; detail: string }> {
  try {
    const free = await freeBytes(dir);
    return { ok: free >= needBytes, detail: `${free} bytes are free where ${dir} is` };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
