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
 * counted over the life of the board, for flash memory wears out.
 */
export class FlashKeeper implements Flasher {
  readonly #flasher: Flasher;
  readonly #wearFile: string;
  #held: { readonly sha256: string; readonly mark: string } | undefined;

  /** @param wearFile - survives restarts of the agent */
  constructor(flasher: Flasher, wearFile: string) {
    this.#flasher = flasher;
    this.#wearFile = wearFile;
  }

  async flash(image: FlashImage, signal: AbortSignal): Promise<FlashReport | undefined> {
    if (await this.#holds(image, signal))
      return { bytesWritten: 0, sectorsWritten: 0, detail: 'the same image is on the board' };
    // From here on nobody knows what is on the board until the flasher says that it is done.
    this.#held = undefined;
    const report = await this.#flasher.flash(image, signal);
    if (!report) return undefined;
    const wear = await this.#count(report);
    const mark = await this.#flasher.contentMark?.(signal);
    if (mark !== undefined) this.#held = { sha256: image.info.sha256, mark };
    const total = `board total: ${wear.flashes} flashings, ${wear.sectorsWritten} sectors`;
    return { ...report, detail: `${report.detail}; ${total}` };
  }

  forget(): void {
    this.#held = undefined;
    this.#flasher.forget?.();
  }

  async #holds({ info }: FlashImage, signal: AbortSignal): Promise<boolean> {
    if (this.#held?.sha256 !== info.sha256) return false;
    return (await this.#flasher.contentMark?.(signal)) === this.#held.mark;
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
