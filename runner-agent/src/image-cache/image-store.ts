import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AssignedImage, sha256Schema } from '@greenrack/farm-protocol';
import { RunFault } from '../contracts/run-fault.js';

/** Bytes of an image from the controller. The signal stops it; errors say what to do. */
export type ImageDownload = (sha256: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** A whole download may take this long: 64 MiB at 0.5 MB/s. */
const DOWNLOAD_MS = 120_000;

export interface FoundImage {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Images in a cache folder, oldest first. Whatever has another name than a hash is removed. */
export async function scanFolder(dir: string): Promise<FoundImage[]> {
  const found: (FoundImage & { sinceMs: number })[] = [];
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    if (!sha256Schema.safeParse(name).success) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    const { size, mtimeMs } = await stat(path);
    found.push({ sha256: name, sizeBytes: size, sinceMs: mtimeMs });
  }
  return found.sort((a, b) => a.sinceMs - b.sinceMs);
}

/**
 * Fetches an image to `path`. Size and hash are checked while it streams; the file appears only when both are right.
 * @throws RunFault with `imageUnavailable` when they are not.
 */
export async function storeImage(
  path: string,
  image: AssignedImage,
  download: ImageDownload,
): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeChecked(part, image, download(image.sha256, AbortSignal.timeout(DOWNLOAD_MS)));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function writeChecked(
  part: string,
  image: AssignedImage,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(part, 'w', 0o600);
  try {
    for await (const piece of body) {
      sizeBytes += piece.length;
      if (sizeBytes > image.sizeBytes) break;
      hash.update(piece);
      await file.write(piece);
    }
  } finally {
    await file.close();
  }
  if (sizeBytes !== image.sizeBytes || hash.digest('hex') !== image.sha256)
    throw new RunFault(
      'imageUnavailable',
      `${image.name}: the bytes fetched are not those of ${image.sha256} (${image.sizeBytes} bytes). ` +
        "Check the controller's artifact store.",
    );
}
