import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { UsageError } from '../exit-code.js';
import { IMAGE_EXTENSIONS, isImageName } from '../submission/image-files.js';
import { NoImageError } from './no-image-error.js';

/**
 * Images of build folders by the name of their test. Mbed CE tells its runner that name only. Each folder is walked
 * once: the build of a whole suite has thousands of files.
 */
export class ImagesBelow {
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** The richest format of the test's image. @throws NoImageError when there is none, UsageError when it is not certain */
  find(dir: string, name: string): string {
    const files = this.#filesOf(dir).get(name) ?? [];
    const folders = new Set(files.map((file) => dirname(file)));
    if (folders.size > 1)
      throw new UsageError(`ctest-run: several images named ${name}: ${files.join(', ')}; use -f`);
    const [best] = [...files].sort((a, b) => rank(a) - rank(b));
    if (best !== undefined) return best;
    throw new NoImageError(`ctest-run: no image named ${name} below ${dir}; build the test first`);
  }

  #filesOf(dir: string): ReadonlyMap<string, readonly string[]> {
    const known = this.#folders.get(dir);
    if (known) return known;
    if (!existsSync(dir)) throw new NoImageError(`ctest-run: ${dir}: no such folder`);
    const found = byName(dir);
    this.#folders.set(dir, found);
    return found;
  }
}

function byName(dir: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !isImageName(entry.name)) continue;
    const name = basename(entry.name, extname(entry.name));
    const files = names.get(name) ?? [];
    files.push(join(entry.parentPath, entry.name));
    names.set(name, files);
  }
  return names;
}

const rank = (file: string): number =>
  IMAGE_EXTENSIONS.map(String).indexOf(extname(file).toLowerCase());
