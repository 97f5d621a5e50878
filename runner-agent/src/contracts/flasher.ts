import type { ImageInfo } from '@greenrack/firmware';

/** An image on this machine's disk, verified and read. */
export interface FlashImage {
  readonly path: string;
  readonly info: ImageInfo;
}

/** What flashing did to the memory of the board. */
export interface FlashReport {
  /** Bytes and sectors programmed: what wears a flash out. 0 when the image was there already. */
  readonly bytesWritten: number;
  readonly sectorsWritten: number;
  /** One line for people: by what it was flashed and how that was verified. */
  readonly detail: string;
}

/** Puts an image on the board. The board may run it at once or wait for a reset: callers reset afterwards. */
export interface Flasher {
  /**
   * Undefined from a board whose memory does not wear and forgets: an emulator.
   * @throws RunFault with `imageUnsuitable` or `flashFailed`.
   */
  flash(image: FlashImage, signal: AbortSignal): Promise<FlashReport | undefined>;
  /**
   * Erases all of the memory of the board. Resolves to a line for people; to nothing where that cannot be done.
   * @throws RunFault with `flashFailed`.
   */
  erase?(signal: AbortSignal): Promise<string | undefined>;
  /** What was flashed before is not trusted any more: the next image is written whatever the board holds. */
  forget?(): void;
  /**
   * Text that changes when somebody else may have flashed or exchanged the board. Without this method what was flashed
   * last is never taken to be there still. @throws RunFault when the board cannot be asked.
   */
  contentMark?(signal: AbortSignal): Promise<string>;
}
