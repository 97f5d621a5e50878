import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exit-code.js';
import { statOf } from '../submission/image-files.js';
import { type GcovFile, readGcno } from './gcov-file.js';
import { Uncounted } from './uncounted.js';

interface Notes {
  readonly file: string;
  readonly parts: readonly string[];
}

/** The .gcno files of builds: the compiler's notes, without which the counters of a .gcda file mean nothing. */
export class NotesIndex {
  readonly #byName = new Map<string, Notes[]>();
  readonly #files = new Map<string, GcovFile | Uncounted>();

  /** @param dirs - build folders @throws UsageError when one has no .gcno file */
  constructor(dirs: readonly string[]) {
    for (const file of new Set(dirs.flatMap(notesBelow))) {
      const parts = partsOf(file);
      const name = parts.at(-1) ?? '';
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), { file, parts }]);
    }
  }

  /**
   * The notes that belong to a .gcda file. Its path may be of another machine: the longest common end of the paths
   * counts, and among equals what the files hold.
   * @throws Uncounted `foreign`
   */
  find(path: string, gcda: GcovFile): string {
    const parts = partsOf(path);
    const known = this.#byName.get(parts.at(-1) ?? '') ?? [];
    const longest = Math.max(0, ...known.map((notes) => commonEnd(notes.parts, parts)));
    const best = known.filter((notes) => commonEnd(notes.parts, parts) === longest);
    const [near] = best;
    if (!near)
      throw new Uncounted(
        'foreign',
        'has no .gcno file in the build; name its folder with --build-dir',
      );
    const fitting = best.filter((notes) => difference(this.#read(notes), gcda) === undefined);
    const [first] = fitting;
    if (!first)
      throw new Uncounted('foreign', otherBuild(best, difference(this.#read(near), gcda)));
    if (fitting.length > 1) throw new Uncounted('foreign', ambiguous(fitting));
    return first.file;
  }

  #read({ file }: Notes): GcovFile | Uncounted {
    const known = this.#files.get(file) ?? readNotes(file);
    this.#files.set(file, known);
    return known;
  }
}

function readNotes(file: string): GcovFile | Uncounted {
  try {
    return readGcno(readFileSync(file));
  } catch (error) {
    if (error instanceof Uncounted) return error;
    throw error;
  }
}

const namesOf = (notes: readonly Notes[]): string => notes.map(({ file }) => file).join(' or ');

const ambiguous = (fitting: readonly Notes[]): string =>
  `may belong to ${namesOf(fitting)}; name the one build with --build-dir`;

const otherBuild = (best: readonly Notes[], how: string | undefined): string =>
  `is of another build than ${namesOf(best)}: ${how}; name the build that the image came from`;

/** How notes differ from what they must be; undefined when they do not. */
function difference(notes: GcovFile | Uncounted, gcda: GcovFile): string | undefined {
  if (notes instanceof Uncounted) return `that ${notes.message}`;
  if (notes.version !== gcda.version)
    return `its format is ${JSON.stringify(gcda.version)}, not ${JSON.stringify(notes.version)}`;
  if (notes.stamp !== gcda.stamp) return 'their stamps differ';
  const isKnown = [...gcda.functions].every((each) => notes.functions.has(each));
  return isKnown ? undefined : 'their functions differ';
}

function notesBelow(dir: string): string[] {
  if (!statOf(dir).isDirectory()) throw new UsageError(`${dir}: is no folder`);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.gcno'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length > 0) return files;
  throw new UsageError(
    `${dir}: no .gcno file in it; they lie beside the objects of a build with --coverage`,
  );
}

/** With -fprofile-dir, GCC puts '#' between the parts of a path. */
const partsOf = (path: string): string[] =>
  path
    .replace(/\.gc(?:no|da)$/, '')
    .split(/[\\/#]+/)
    .filter((part) => part !== '' && part !== '.');

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a.at(-1 - count) === b.at(-1 - count)) count++;
  return count;
}
