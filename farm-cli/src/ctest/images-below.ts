import { existsSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { isImageName, richestFirst } from '@greenrack/farm-model';
import { UsageError } from '../exit-code.js';
import { filesBelow } from '../submission/files-below.js';
import { NoImageError } from './no-image-error.js';

/**
 * Images of build folders by the name of their test. Mbed CE tells its runner that name only. Each folder is walked
 * once: the build of a whole suite has thousands of files.
 */
export class ImagesBelow {
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** The test's image in all its formats. @throws NoImageError when there is none, UsageError when it is not certain */
  find(dir: string, name: string): readonly string[] {
    const files = this.#filesOf(dir).get(name) ?? [];
    const folders = new Set(files.map((file) => dirname(file)));
    if (folders.size > 1)
      throw new UsageError(`ctest-run: several images named ${name}: ${files.join(', ')}; use -f`);
    if (files.length > 0) return richestFirst(files);
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
  for (const file of filesBelow(dir, isImageName).files) {
    const name = basename(file, extname(file));
    names.set(name, [...(names.get(name) ?? []), file]);
  }
  return names;
}
