import type { AssignedImage } from '@greenrack/farm-protocol';
import type { FlashImage } from './flasher.js';

/** An image that stays on disk until it is released. */
export interface HeldImage extends FlashImage {
  release(): void;
}

/** Where attempts get their images. */
export interface ImageSource {
  /** @throws RunFault with `imageUnavailable` or `imageUnsuitable`. */
  acquire(image: AssignedImage, signal: AbortSignal): Promise<HeldImage>;
}
