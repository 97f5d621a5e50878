import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssignedImage } from '@greenrack/farm-protocol';
import type { ImageInfo } from '@greenrack/firmware';
import type { HeldImage, ImageSource } from '../contracts/image-source.js';
import { RunFault } from '../contracts/run-fault.js';
import { messageOf, unlessAborted } from '../deadline.js';
import type { Logger } from '../logger.js';
import { CachedImage } from './cached-image.js';
import { type ImageDownload, removeParts, scanFolder, storeImage } from './image-store.js';

/** What attempts under way write needs the rest of the disk. */
const RESERVE_BYTES = 16 * 1024 * 1024;

export interface ImageCacheOptions {
  readonly dir: string;
  /** Images beyond this total are removed, least recently used first; those in use stay. */
  readonly maxBytes: number;
  readonly download: ImageDownload;
  /** Strings that attempts want to know of in each image. Default none. */
  readonly lookFor?: readonly string[];
  /** Free bytes of the disk that a folder is on. Default: what the system says. */
  readonly freeBytes?: (dir: string) => Promise<number>;
  readonly log: Logger;
}

/** Images on this machine by hash. Attempts that want the same one share one download. */
export class ImageCache implements ImageSource {
  readonly #options: ImageCacheOptions;
  readonly #images = new Map<string, CachedImage>();
  readonly #downloads = new Map<string, Promise<CachedImage>>();

  private constructor(options: ImageCacheOptions) {
    this.#options = options;
  }

  /** Takes over what an earlier process left; of half downloads the large ones. */
  static async open(options: ImageCacheOptions): Promise<ImageCache> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const cache = new ImageCache(options);
    // The map's order is the order of use, oldest first; over a restart the date of the download stands for it.
    for (const found of await scanFolder(options.dir))
      cache.#images.set(
        found.sha256,
        new CachedImage(join(options.dir, found.sha256), found.sizeBytes, options.lookFor),
      );
    return cache;
  }

  async acquire(image: AssignedImage, signal: AbortSignal): Promise<HeldImage> {
    const cached = this.#images.get(image.sha256);
    if (cached) {
      const held = await this.#hold(cached, image);
      if (held) return held;
    }
    const fresh = await unlessAborted(signal, this.#fetch(image));
    const held = await this.#hold(fresh, image);
    if (held) return held;
    throw new RunFault(
      'imageUnavailable',
      `${image.name}: the bytes fetched are not those of ${image.sha256} (${image.sizeBytes} bytes). ` +
        "Check the controller's artifact store, then this disk.",
    );
  }

  /** Undefined when the bytes on disk are not what their name says: the file is removed then. */
  async #hold(cached: CachedImage, image: AssignedImage): Promise<HeldImage | undefined> {
    cached.holds++;
    try {
      const info = await cached.verified(image);
      if (info) return this.#held(cached, info, image.sha256);
    } catch (error) {
      cached.holds--;
      throw error;
    }
    cached.holds--;
    this.#options.log.warn({ sha256: image.sha256 }, 'cached image was damaged: fetching it again');
    if (this.#images.get(image.sha256) === cached) this.#images.delete(image.sha256);
    await rm(cached.path, { force: true });
    return undefined;
  }

  #held(cached: CachedImage, info: ImageInfo, sha256: string): HeldImage {
    this.#images.delete(sha256);
    this.#images.set(sha256, cached);
    let released = false;
    const release = (): void => {
      if (!released) cached.holds--;
      released = true;
    };
    return { path: cached.path, info, release };
  }

  #fetch(image: AssignedImage): Promise<CachedImage> {
    const running = this.#downloads.get(image.sha256);
    if (running) return running;
    const download = this.#download(image).finally(() => this.#downloads.delete(image.sha256));
    this.#downloads.set(image.sha256, download);
    return download;
  }

  async #download(image: AssignedImage): Promise<CachedImage> {
    const { dir } = this.#options;
    const path = join(dir, image.sha256);
    try {
      await removeParts(dir, (sha256) => sha256 === image.sha256 || this.#downloads.has(sha256));
      await this.#makeRoom(image);
      await storeImage(path, image, this.#options.download);
    } catch (error) {
      if (error instanceof RunFault) throw error;
      throw new RunFault(
        'imageUnavailable',
        `${image.name} (${image.sha256}) could not be fetched: ${messageOf(error)}`,
        error,
      );
    }
    const cached = new CachedImage(path, image.sizeBytes, this.#options.lookFor);
    this.#images.set(image.sha256, cached);
    await this.#evict(cached);
    return cached;
  }

  /** Removes what was used least until the disk has room for the image. */
  async #makeRoom({ name, sizeBytes }: AssignedImage): Promise<void> {
    const { dir, freeBytes = systemFreeBytes } = this.#options;
    const need = sizeBytes + RESERVE_BYTES;
    let free = await freeBytes(dir);
    for (const [sha256, image] of this.#images) {
      if (free >= need) return;
      if (image.holds > 0) continue;
      this.#images.delete(sha256);
      await rm(image.path, { force: true });
      free = await freeBytes(dir);
    }
    if (free >= need) return;
    throw new RunFault(
      'imageUnavailable',
      `${name} needs ${need} bytes in ${dir}, where ${free} are free: make room there, or give the agent another GREENRACK_STATE_DIR`,
    );
  }

  async #evict(newest: CachedImage): Promise<void> {
    let total = 0;
    for (const image of this.#images.values()) total += image.sizeBytes;
    for (const [sha256, image] of this.#images) {
      if (total <= this.#options.maxBytes) return;
      if (image.holds > 0 || image === newest) continue;
      this.#images.delete(sha256);
      total -= image.sizeBytes;
      await rm(image.path, { force: true });
    }
  }
}

async function systemFreeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
