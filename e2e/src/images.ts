import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './test-farm.js';

/** Path of a built firmware image. @throws Error that says how to build it. */
export function imagePath(target: string, app: string, extension = 'elf'): string {
  const path = join(ROOT, 'build/firmware', target, `${app}.${extension}`);
  if (!existsSync(path)) throw new Error(`${path} is not built: run \`npm run build:firmware\``);
  return path;
}
