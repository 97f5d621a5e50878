import { ImageFormatError, readImage } from '../src/index.js';

/** The error that reading these bytes gives; anything but an ImageFormatError fails the test. */
export function caught(bytes: Uint8Array): ImageFormatError {
  try {
    readImage(bytes, 'app');
  } catch (error) {
    if (error instanceof ImageFormatError) {
      return error;
    }
    throw error;
  }
  throw new Error('the image was accepted');
}
