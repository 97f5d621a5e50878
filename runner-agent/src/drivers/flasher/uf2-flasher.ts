import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { AbsentPart, FlasherPart, PartMaker, PowerPart } from '../../contracts/board-part.js';
import type { FlashImage, FlashReport } from '../../contracts/flasher.js';
import { RunFault } from '../../contracts/run-fault.js';
import { DeadlineError, messageOf } from '../../deadline.js';
import { mountChanges } from '../watch/mount-changes.js';
import { pathChanges } from '../watch/path-changes.js';
import { untilFound } from '../watch/until-found.js';
import { driveLocator, driveParams } from './drive-locator.js';
import { sectorsOf } from './sectors.js';

/** From the power-on of a board that starts into its boot loader until its drive is mounted. */
const APPEAR_MS = 10_000;
/** A boot loader starts the firmware, and takes its drive away, when it has the last block. */
const LEAVE_MS = 20_000;

const paramsSchema = z
  .strictObject({
    ...driveParams,
    /** `Board-ID` of INFO_UF2.TXT, such as `RPI-RP2`; another board is not flashed. */
    boardId: z.string().max(100),
    sectorBytes: z.number().int().min(128).max(1_048_576).default(4096),
  })
  .refine((p) => (p.mountPoint === undefined) !== (p.usbSerial === undefined), {
    error: 'expected either mountPoint or usbSerial',
  });

/**
 * Flashes by copying to the drive of a UF2 boot loader. A board that is not in its boot loader is power-cycled, which
 * must bring it there; without a power part somebody must have started it into that.
 */
class Uf2Flasher implements FlasherPart {
  readonly #boardId: string;
  readonly #sectorBytes: number;
  readonly #drive: ReturnType<typeof driveLocator>;
  readonly #power: PowerPart | undefined;

  constructor(params: z.infer<typeof paramsSchema>, power: PowerPart | undefined) {
    this.#boardId = params.boardId;
    this.#power = power;
    this.#sectorBytes = params.sectorBytes;
    this.#drive = driveLocator(params);
  }

  async check(signal: AbortSignal): Promise<string | AbsentPart> {
    if (this.#power && !(await this.#shown()))
      return { absent: 'the UF2 boot loader is entered by a power cycle' };
    const id = await this.#boardIdOf(await this.#mounted(signal, 1000));
    return `UF2 boot loader of ${id}`;
  }

  async flash({ path, info }: FlashImage, signal: AbortSignal): Promise<FlashReport> {
    if (info.format !== 'uf2') {
      const what = `A UF2 drive takes UF2, not ${info.format.toUpperCase()}. Submit UF2.`;
      throw new RunFault('imageUnsuitable', what);
    }
    await this.#enter(signal);
    const mountPoint = await this.#mounted(signal, APPEAR_MS);
    const found = await this.#boardIdOf(mountPoint);
    if (found !== this.#boardId)
      throw fault(`the drive is that of a ${found}, not ${this.#boardId}`, 'Correct the wiring');
    const trouble = await copy(path, join(mountPoint, 'image.uf2')).catch(messageOf);
    await this.#left(signal, trouble);
    const bytesWritten = info.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const sectorsWritten = sectorsOf(info.segments, this.#sectorBytes);
    return { bytesWritten, sectorsWritten, detail: 'UF2 drive, the boot loader has left' };
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (!this.#power || (await this.#shown())) return;
    await this.#power.off();
    await this.#power.on(signal);
  }

  /** Where the drive is mounted, while the boot loader shows it. */
  async #shown(): Promise<string | undefined> {
    const mountPoint = await this.#drive.locate();
    return mountPoint !== undefined && (await this.#info(mountPoint)) ? mountPoint : undefined;
  }

  async #mounted(signal: AbortSignal, ms: number): Promise<string> {
    const wait = { what: 'drive with INFO_UF2.TXT', ms, signal };
    return await untilFound(this.#changes(), async () => await this.#shown(), wait).catch(
      (error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        throw fault(error.message, 'Start the board into its boot loader (BOOTSEL, double reset)');
      },
    );
  }

  async #left(signal: AbortSignal, trouble: string | undefined): Promise<void> {
    const look = async (): Promise<true | undefined> =>
      (await this.#shown()) === undefined ? true : undefined;
    const wait = { what: 'end of the boot loader', ms: LEAVE_MS, signal };
    await untilFound(this.#changes(), look, wait).catch((error: unknown) => {
      if (!(error instanceof DeadlineError)) throw error;
      const copying = trouble === undefined ? '' : ` (copying: ${trouble})`;
      throw fault(`${error.message}${copying}`, 'Check that the image is for this chip');
    });
  }

  #changes() {
    return [mountChanges, pathChanges(this.#drive.watched)];
  }

  async #boardIdOf(mountPoint: string): Promise<string> {
    const text = (await this.#info(mountPoint)) ?? '';
    return /^Board-ID: *(\S+)/m.exec(text)?.[1] ?? 'board without Board-ID';
  }

  async #info(mountPoint: string): Promise<string | undefined> {
    // Gone or not mounted yet: the next change is waited for.
    return await readFile(join(mountPoint, 'INFO_UF2.TXT'), 'latin1').catch(() => undefined);
  }
}

/** Boot loaders leave before the last write is acknowledged, so an error at the end is not one by itself. */
async function copy(from: string, to: string): Promise<undefined> {
  const file = await open(to, 'w');
  try {
    await file.writeFile(await readFile(from));
    await file.sync();
  } finally {
    await file.close();
  }
}

function fault(what: string, cure: string): RunFault {
  return new RunFault('flashFailed', `UF2: ${what}. ${cure}.`);
}

export const maker: PartMaker<FlasherPart> = {
  create: (params, { where, power }) =>
    new Uf2Flasher(parseOrThrow(paramsSchema, params, 'board_fault', where), power),
};
