import { readFileSync } from 'node:fs';
import { readImage } from '@greenrack/firmware';
import type { FlashImage } from '../../src/contracts/flasher.js';
import { firmwarePath } from './assignments.js';

/** A firmware image that is ready to be flashed. */
export function flashImage(file: string, target = 'FVP_MPS2_M3'): FlashImage {
  const path = firmwarePath(target, file);
  return { path, info: readImage(readFileSync(path), file) };
}
