import { type Footprint, readFootprint } from './footprint.js';
import type { ImageInfo } from './image-info.js';
import { readImage } from './read-image.js';

/** What can be asked of an image. */
export interface ImageFacts {
  readonly info: ImageInfo;
  readonly footprint: Footprint;
}

export interface ImageQuestion {
  readonly what: keyof ImageFacts;
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly lookFor: readonly string[];
}

/** Reads what the question is for. @throws ImageFormatError */
export function readFacts({ what, bytes, name, lookFor }: ImageQuestion): Partial<ImageFacts> {
  return what === 'info'
    ? { info: readImage(bytes, name, lookFor) }
    : { footprint: readFootprint(bytes, name) };
}
