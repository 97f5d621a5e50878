import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsbDrive } from '@greenrack/farm-protocol';
import { mountPointOf } from '../flasher/drive-locator.js';
import { mountChanges } from '../watch/mount-changes.js';
import { pathChanges } from '../watch/path-changes.js';
import { foundInTime } from '../watch/until-found.js';
import { beginningOf, regularFile, remove, unlessGone } from './drive-files.js';
import { nodeChanges } from './node-changes.js';
import type { OwnDevice, OwnPort } from './own-device.js';
import { Udisks } from './udisks.js';

/** Within what taking back all instruments may take. */
const CLOSE_MS = 7000;

/** The board's own USB drive. What is on it was written by firmware, so nothing on it is followed out of it. */
export class MassStorage implements UsbDrive {
  readonly #serial: string;
  readonly #own: OwnDevice;
  readonly #port: OwnPort;
  readonly #udisks: Udisks;
  /** We have mounted it ourselves. */
  #isOurs = false;

  constructor(serial: string, own: OwnDevice, port: OwnPort & { udisksctl?: string }) {
    this.#serial = serial;
    this.#own = own;
    this.#port = port;
    this.#udisks = new Udisks(port.udisksctl ?? 'udisksctl');
  }

  async awaitMounted(timeoutMs: number): Promise<string | undefined> {
    await this.#own.checkBus();
    let why = `no drive of USB device ${this.#serial} within ${timeoutMs} ms`;
    const look = async (): Promise<'mounted' | 'refused' | undefined> => {
      const disk = await this.#disk();
      if (disk === undefined) return undefined;
      if ((await mountPointOf(disk, this.#port.root)) !== undefined) return 'mounted';
      this.#isOurs = true;
      const refusal = await this.#udisks.mount(disk, this.#port.signal);
      if ((await mountPointOf(disk, this.#port.root)) !== undefined) return 'mounted';
      if (refusal === undefined) return undefined;
      why = `${disk}: ${refusal}`;
      return 'refused';
    };
    return (await this.#await(timeoutMs, look)) === 'mounted' ? undefined : why;
  }

  async awaitUnmounted(timeoutMs: number): Promise<boolean> {
    const look = async (): Promise<true | undefined> =>
      (await this.#mountPoint()) === undefined || undefined;
    return (await this.#await(timeoutMs, look)) ?? false;
  }

  async sizeBytes(): Promise<number | undefined> {
    const point = await this.#mountPoint();
    if (point === undefined) return undefined;
    const stats = await unlessGone(statfs(point));
    return stats && stats.blocks * stats.bsize;
  }

  async readFile(path: readonly string[], maxBytes: number): Promise<Uint8Array | undefined> {
    const file = await this.#file(path);
    if (file === undefined) return undefined;
    return await unlessGone(beginningOf(file, maxBytes));
  }

  async deleteFile(path: readonly string[]): Promise<boolean> {
    const file = await this.#file(path);
    if (file === undefined) return false;
    return (await unlessGone(remove(file))) ?? false;
  }

  async unmount(): Promise<boolean> {
    const disk = await this.#disk();
    if (disk === undefined || (await this.#mountPoint()) === undefined) return false;
    return await this.#udisks.unmount(disk, this.#port.signal);
  }

  /** Unmounts what we have mounted, though the run is over. */
  async close(): Promise<void> {
    const disk = await this.#disk();
    if (!this.#isOurs || disk === undefined || (await this.#mountPoint()) === undefined) return;
    await this.#udisks.unmount(disk, AbortSignal.timeout(CLOSE_MS));
  }

  async #disk(): Promise<string | undefined> {
    const [disk] = (await this.#own.now(this.#serial))?.disks ?? [];
    return disk === undefined ? undefined : join(this.#port.root, 'dev', disk);
  }

  async #mountPoint(): Promise<string | undefined> {
    const disk = await this.#disk();
    return disk === undefined ? undefined : await mountPointOf(disk, this.#port.root);
  }

  async #file(path: readonly string[]): Promise<string | undefined> {
    const point = await this.#mountPoint();
    return point === undefined ? undefined : await regularFile(point, path);
  }

  async #await<T>(ms: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const { root, signal } = this.#port;
    const mounts = [mountChanges, pathChanges(join(root, 'proc/mounts'))];
    const sources = [nodeChanges(root), this.#udisks.changes, ...mounts];
    const wait = { what: `drive of USB device ${this.#serial}`, ms, signal };
    return await foundInTime(sources, look, wait);
  }
}
