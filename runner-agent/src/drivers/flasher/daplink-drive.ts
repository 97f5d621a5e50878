import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { mountChanges } from '../watch/mount-changes.js';
import { pathChanges } from '../watch/path-changes.js';
import { untilFound, type Wait } from '../watch/until-found.js';
import {
  type DaplinkDetails,
  type DaplinkFailure,
  parseDetails,
  parseFailure,
} from './details-txt.js';
import { idOnDrive, readDriveText } from './drive-id.js';

const CHUNK_BYTES = 64 * 1024;

/** The mass-storage drive of a DAPLink probe, as it is mounted now. */
export class DaplinkDrive {
  readonly #mountPoint: () => Promise<string | undefined>;
  readonly #changes;

  /**
   * @param mountPoint - where the drive is mounted now; undefined while it is not
   * @param watched - path whose changes may mean that it was mounted; mounts as such are watched too
   */
  constructor(mountPoint: () => Promise<string | undefined>, watched: string) {
    this.#mountPoint = mountPoint;
    this.#changes = [mountChanges, pathChanges(watched)];
  }

  /** Keeps watching between waits, so that none of them starts too late. Returns how to stop. */
  keepWatch(): () => void {
    return mountChanges.subscribe(() => undefined);
  }

  /** Undefined while the drive is not mounted. */
  async details(): Promise<DaplinkDetails | undefined> {
    const text = await this.#read('DETAILS.TXT');
    if (text === undefined) return undefined;
    const details = parseDetails(text);
    const mountPoint = details.uniqueId === undefined ? await this.#mountPoint() : undefined;
    const uniqueId = mountPoint === undefined ? undefined : await idOnDrive(mountPoint);
    return uniqueId === undefined ? details : { ...details, uniqueId };
  }

  /** Waits until the drive shows details that `accept` likes. @throws DeadlineError */
  async untilDetails(
    accept: (details: DaplinkDetails) => boolean,
    wait: Wait,
  ): Promise<DaplinkDetails> {
    const look = async () => {
      const details = await this.details();
      return details && accept(details) ? details : undefined;
    };
    return await untilFound(this.#changes, look, wait);
  }

  /** What the probe says of the last flashing; undefined when it has nothing to complain about. */
  async failure(): Promise<DaplinkFailure | undefined> {
    const text = await this.#read('FAIL.TXT');
    return text === undefined ? undefined : parseFailure(text);
  }

  /** First lines of ASSERT.TXT: the probe's own firmware stopped. */
  async assertion(): Promise<string | undefined> {
    return (await this.#read('ASSERT.TXT'))?.trim().slice(0, 500);
  }

  /** Writes a file in order and waits until the kernel has handed all of it to the probe. */
  async put(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const mountPoint = await this.#mountPoint();
    if (mountPoint === undefined) throw new Error('the drive is not mounted');
    const file = await open(join(mountPoint, name), 'w');
    try {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        signal.throwIfAborted();
        await file.write(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(mountPoint);
  }

  async #read(name: string): Promise<string | undefined> {
    const mountPoint = await this.#mountPoint();
    return mountPoint === undefined ? undefined : await readDriveText(mountPoint, name);
  }
}

/** Some kernels write the directory entry, which tells the probe the size, only with the folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  // The probe may have taken its drive away already: then it has everything.
  await folder?.sync().catch(() => undefined);
  await folder?.close().catch(() => undefined);
}
