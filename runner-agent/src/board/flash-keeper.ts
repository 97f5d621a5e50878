import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Flasher, FlashImage, FlashReport } from '../contracts/flasher.js';
import { writeDurably } from '../storage/durable-file.js';
import { isMissing } from '../storage/missing.js';

/** What a board's flash has been through. */
const wearSchema = z.object({
  flashes: z.number().int().min(0),
  bytesWritten: z.number().int().min(0),
  sectorsWritten: z.number().int().min(0),
});
export type Wear = z.infer<typeof wearSchema>;

const NEW: Wear = { flashes: 0, bytesWritten: 0, sectorsWritten: 0 };

/**
 * Stands before a board's flasher: an image that is on the board already is not flashed again, and what is written is
 * counted over the life of the board, for flash memory wears out. What is on the board is known as long as the board
 * was in our hands: its mark is what it was after the last thing that we did to it.
 */
export class FlashKeeper implements Flasher {
  readonly #flasher: Flasher;
  readonly #wearFile: string;
  readonly #closed = new AbortController();
  #heldSha256: string | undefined;
  /** Undefined when the board could not be asked: nothing is known then. */
  #mark: Promise<string | undefined> = Promise.resolve(undefined);

  /** @param wearFile - survives restarts of the agent */
  constructor(flasher: Flasher, wearFile: string) {
    this.#flasher = flasher;
    this.#wearFile = wearFile;
  }

  async flash(image: FlashImage, signal: AbortSignal): Promise<FlashReport | undefined> {
    if (await this.#holds(image, signal))
      return { bytesWritten: 0, sectorsWritten: 0, detail: 'the same image is on the board' };
    // From here on nobody knows what is on the board until the flasher says that it is done.
    this.#heldSha256 = undefined;
    const report = await this.#flasher.flash(image, signal);
    if (!report) return undefined;
    const wear = await this.#count(report);
    this.#heldSha256 = image.info.sha256;
    this.touched();
    const total = `board total: ${wear.flashes} flashings, ${wear.sectorsWritten} sectors`;
    return { ...report, detail: `${report.detail}; ${total}` };
  }

  async erase(signal: AbortSignal): Promise<string | undefined> {
    this.forget();
    return await this.#flasher.erase?.(signal);
  }

  forget(): void {
    this.#heldSha256 = undefined;
    this.#flasher.forget?.();
  }

  /** We have flashed or reset the board, which may show in its mark. Nothing waits for that: boards take their time. */
  touched(): void {
    if (this.#heldSha256 === undefined) return;
    const mark = this.#flasher.contentMark?.(this.#closed.signal) ?? Promise.resolve(undefined);
    this.#mark = mark.catch(() => undefined);
  }

  close(): void {
    this.forget();
    this.#closed.abort();
  }

  async #holds({ info }: FlashImage, signal: AbortSignal): Promise<boolean> {
    if (this.#heldSha256 !== info.sha256) return false;
    const mark = await this.#mark;
    return mark !== undefined && (await this.#flasher.contentMark?.(signal)) === mark;
  }

  async #count(report: FlashReport): Promise<Wear> {
    const before = await readWear(this.#wearFile);
    const wear = {
      flashes: before.flashes + 1,
      bytesWritten: before.bytesWritten + report.bytesWritten,
      sectorsWritten: before.sectorsWritten + report.sectorsWritten,
    };
    await mkdir(dirname(this.#wearFile), { recursive: true });
    await writeDurably(this.#wearFile, JSON.stringify(wear));
    return wear;
  }
}

/** The count of a board that was never flashed by us is 0. @throws when the file cannot be read or is damaged */
export async function readWear(file: string): Promise<Wear> {
  try {
    return wearSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return NEW;
    throw error;
  }
}
