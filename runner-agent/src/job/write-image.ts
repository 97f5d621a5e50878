import type { Flasher, FlashReport } from '../contracts/flasher.js';
import type { HeldImage } from '../contracts/image-source.js';
import { clip, messageOf } from '../deadline.js';
import { BOARD_STEP_MS, step } from './attempt-phases.js';

/** For which attempt a board's memory is written, and where what was done is told. */
export interface Writing {
  readonly signal: AbortSignal;
  note(text: string): void;
}

/** @throws RunFault `flashFailed`, and what the flasher says */
export async function writeImage(
  flasher: Flasher,
  image: HeldImage,
  { signal, note }: Writing,
): Promise<void> {
  const fault = { reason: 'flashFailed', what: 'flashing', ms: BOARD_STEP_MS } as const;
  const report = await step(signal, fault, flasher.flash(image, signal));
  if (report) note(flashNote(report));
}

/** As far as the board can: where it fails, its image is written over what is there, which tells whether it is sound. */
export async function eraseBoard(flasher: Flasher, { signal, note }: Writing): Promise<void> {
  const fault = { reason: 'flashFailed', what: 'erasing', ms: BOARD_STEP_MS } as const;
  try {
    const said = await step(signal, fault, Promise.resolve(flasher.erase?.(signal)));
    if (said !== undefined) note(said);
  } catch (error) {
    signal.throwIfAborted();
    note(clip(`not erased: ${messageOf(error)}`, 1_000));
  }
}

function flashNote({ bytesWritten, sectorsWritten, detail }: FlashReport): string {
  return `flash: ${bytesWritten} bytes in ${sectorsWritten} sectors written; ${detail}`;
}
