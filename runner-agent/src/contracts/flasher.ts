import type { ImageInfo } from '@greenrack/firmware';

/** An image on this machine's disk, verified and read. */
export interface FlashImage {
  readonly path: string;
  readonly info: ImageInfo;
}

/** Puts an image on the board. The board may run it at once or wait for a reset: callers reset afterwards. */
export interface Flasher {
  /** @throws RunFault with `imageUnsuitable` or `flashFailed`. */
  flash(image: FlashImage, signal: AbortSignal): Promise<void>;
}
