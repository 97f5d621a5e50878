import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AssignedImage, MAX_FORM_IMAGE_BYTES, sha256Schema } from '@greenrack/farm-protocol';

/** Bytes of an image from the controller, from `offset` on. The signal stops it; errors say what to do. */
export type ImageDownload = (
  sha256: string,
  offset: number,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

/** A whole download may take this long: 64 MiB at 0.5 MB/s, and larger ones as much longer. */
const DOWNLOAD_MS = 120_000;
const LEAST_BYTES_PER_MS = 500;
/** What a download that did not end has is kept under this name, for the next try. */
const PART = '.part';

export interface FoundImage {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Images in a cache folder, oldest first. Whatever is neither one nor the beginning of one is removed. */
export async function scanFolder(dir: string): Promise<FoundImage[]> {
  const found: (FoundImage & { sinceMs: number })[] = [];
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const { size, mtimeMs } = await stat(path);
    if (isHash(name)) found.push({ sha256: name, sizeBytes: size, sinceMs: mtimeMs });
    else if (!name.endsWith(PART) || size < MAX_FORM_IMAGE_BYTES)
      await rm(path, { recursive: true, force: true });
  }
  return found.sort((a, b) => a.sinceMs - b.sinceMs);
}

/** Removes what is left of downloads, but for those of `wanted`. */
export async function removeParts(dir: string, wanted: (sha256: string) => boolean): Promise<void> {
  for (const name of await readdir(dir))
    if (name.endsWith(PART) && !wanted(name.slice(0, -PART.length)))
      await rm(join(dir, name), { force: true });
}

/**
 * Fetches an image to `path`, which appears when its size is right; whoever uses it checks its hash. A large one goes on
 * where an earlier try ended.
 * @throws Error, also for another size
 */
export async function storeImage(
  path: string,
  image: AssignedImage,
  download: ImageDownload,
): Promise<void> {
  const part = `${path}${PART}`;
  const limitMs = DOWNLOAD_MS + Math.ceil(image.sizeBytes / LEAST_BYTES_PER_MS);
  try {
    const sizeBytes = await append(part, image, (from) =>
      download(image.sha256, from, AbortSignal.timeout(limitMs)),
    );
    if (sizeBytes !== image.sizeBytes)
      throw new WrongSize(`it has ${image.sizeBytes} bytes, of which ${sizeBytes} came`);
    await rename(part, path);
  } catch (error) {
    if (error instanceof WrongSize || image.sizeBytes <= MAX_FORM_IMAGE_BYTES)
      await rm(part, { force: true });
    throw error;
  }
}

/** The controller has said that this was all. */
class WrongSize extends Error {}

async function append(
  part: string,
  image: AssignedImage,
  download: (from: number) => AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await open(part, 'a', 0o600);
  try {
    let { size } = await file.stat();
    for await (const piece of download(size)) {
      size += piece.length;
      if (size > image.sizeBytes) break;
      await file.write(piece);
    }
    return size;
  } finally {
    await file.close();
  }
}

const isHash = (name: string) => sha256Schema.safeParse(name).success;
