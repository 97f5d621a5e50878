import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exit-code.js';

/** Path of one of our own images. @throws UsageError when it was not built */
export function builtImage(imageDir: string, target: string, image: string): string {
  const path = join(imageDir, target, image);
  if (existsSync(path)) return path;
  throw new UsageError(`${path} is missing: run \`npm run build:firmware\``);
}
