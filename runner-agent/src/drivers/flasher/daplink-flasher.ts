import { readFile } from 'node:fs/promises';
import { type BoardSpec, parseOrThrow } from '@greenrack/farm-protocol';
import type { FlasherPart, PartMaker } from '../../contracts/board-part.js';
import type { FlashImage, FlashReport } from '../../contracts/flasher.js';
import { RunFault } from '../../contracts/run-fault.js';
import { DeadlineError, messageOf } from '../../deadline.js';
import { plugMark } from '../tool/tool-probe.js';
import { kindNote, type WantedBoard } from './board-identity.js';
import { DaplinkDrive } from './daplink-drive.js';
import { cureOf, fault, refuseUnfit } from './daplink-fault.js';
import { type DaplinkParams, daplinkParamsSchema } from './daplink-params.js';
import type { DaplinkDetails } from './details-txt.js';
import { driveLocator } from './drive-locator.js';
import { sectorsOf } from './sectors.js';

/** A drive is mounted a few seconds after its probe got power. */
const APPEAR_MS = 10_000;
/** The probe gives up after 20 s of transfer, waits 0.5 s for more, and shows its drive again 2.5 s later. */
const REMOUNT_MS = 25_000;
/** `type: transient` of FAIL.TXT: the host sent sectors late or out of order, which another try cures. */
const TRIES = 3;

/** Flashes by copying to the drive of a DAPLink probe. Waits for what the probe reports, never for a time. */
export class DaplinkFlasher implements FlasherPart {
  readonly #params: DaplinkParams;
  readonly #drive: DaplinkDrive;
  readonly #stopWatch: () => void;
  readonly #wanted: WantedBoard & { readonly uniqueId?: string | undefined };

  constructor(params: DaplinkParams, board: BoardSpec) {
    this.#params = params;
    const { uniqueId, detectCode } = params;
    this.#wanted = { board, uniqueId, detectCode };
    const { locate, watched } = driveLocator(params);
    this.#drive = new DaplinkDrive(locate, watched);
    this.#stopWatch = this.#drive.keepWatch();
  }

  async check(signal: AbortSignal): Promise<string> {
    const { uniqueId, remountCount, interfaceVersion } = await this.#ready(signal, 1000);
    const kind = kindNote(uniqueId, this.#wanted);
    return `DAPLink ${interfaceVersion ?? '?'}, ID ${uniqueId ?? '?'} (${kind}), remount count ${remountCount}`;
  }

  async contentMark(signal: AbortSignal): Promise<string> {
    const { uniqueId, remountCount } = await this.#ready(signal, APPEAR_MS);
    // The count begins anew with each plug: another host may have brought it to where it was.
    const { root, usbSerial } = this.#params;
    const plug = usbSerial === undefined ? undefined : await plugMark(root, usbSerial);
    return `${uniqueId}:${remountCount}:${plug ?? ''}`;
  }

  async flash(image: FlashImage, signal: AbortSignal): Promise<FlashReport> {
    const { format, segments } = image.info;
    if (format !== 'bin' && format !== 'hex')
      throw new RunFault(
        'imageUnsuitable',
        `A DAPLink drive takes BIN and HEX, not ${format.toUpperCase()}. Submit one of these.`,
      );
    const bytes = await readFile(image.path);
    const bytesWritten = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const sectorsWritten = sectorsOf(segments, this.#params.sectorBytes);
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#once(`image.${format}`, bytes, signal);
      if (!failure) return { bytesWritten, sectorsWritten, detail: await this.#verified() };
      if (!failure.type.includes('transient') || attempt === TRIES)
        throw fault(`the probe says: ${failure.message} (type ${failure.type})`, cureOf(failure));
    }
  }

  async dispose(): Promise<void> {
    this.#stopWatch();
  }

  /** The probe has said that it programmed; who it is was looked at before and after. */
  async #verified(): Promise<string> {
    const { uniqueId } = (await this.#drive.details()) ?? {};
    return `DAPLink drive, remounted by the same probe; ${kindNote(uniqueId, this.#wanted)}`;
  }

  async #once(name: string, bytes: Uint8Array, signal: AbortSignal) {
    const before = await this.#ready(signal, APPEAR_MS);
    const copied = this.#drive.put(name, bytes, signal);
    // A probe that refuses takes its drive away while we write: FAIL.TXT tells why, the write error does not.
    const trouble = await copied.then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
    const after = await this.#remounted(before, { signal, trouble });
    refuseUnfit(after, this.#wanted);
    if (after.uniqueId !== before.uniqueId) {
      const what = `after flashing ${before.uniqueId} the drive shows ID ${after.uniqueId}`;
      throw fault(what, 'Check which board is plugged in');
    }
    if ((after.remountCount ?? 0) < (before.remountCount ?? 0))
      throw fault('the probe restarted while it flashed', "Check the board's cable and power");
    await this.#refuseAssertion();
    const failure = await this.#drive.failure();
    if (!failure && trouble !== undefined) throw fault(`copying: ${trouble}`, 'Check the cable');
    return failure;
  }

  async #remounted(
    before: DaplinkDetails,
    { signal, trouble }: { signal: AbortSignal; trouble: string | undefined },
  ): Promise<DaplinkDetails> {
    const changed = ({ remountCount }: DaplinkDetails) =>
      remountCount !== undefined && remountCount !== before.remountCount;
    try {
      const wait = { what: 'remount of the drive', ms: REMOUNT_MS, signal };
      return await this.#drive.untilDetails(changed, wait);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const more = trouble === undefined ? '' : ` (copying: ${trouble})`;
      throw fault(`${error.message}${more}`, 'Check that an automounter runs; replug the board');
    }
  }

  async #ready(signal: AbortSignal, ms: number): Promise<DaplinkDetails> {
    const wait = { what: `${this.#name}: no drive with DETAILS.TXT`, ms, signal };
    const details = await this.#drive
      .untilDetails(() => true, wait)
      .catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        throw fault(error.message, 'Plug the board in; check that an automounter runs');
      });
    refuseUnfit(details, this.#wanted);
    await this.#refuseAssertion();
    return details;
  }

  async #refuseAssertion(): Promise<void> {
    const text = await this.#drive.assertion();
    if (text === undefined) return;
    throw fault(`the probe's firmware stopped: ${text}`, 'Delete ASSERT.TXT, replug the board');
  }

  get #name(): string {
    return this.#params.mountPoint ?? `USB ${this.#params.usbSerial}`;
  }
}

export const maker: PartMaker<FlasherPart> = {
  create: (params, { where, board }) =>
    new DaplinkFlasher(parseOrThrow(daplinkParamsSchema, params, 'board_fault', where), board),
};
