import type { Annotation, FailedCase } from './check-model.js';
import { cutToBytes } from './fit-text.js';
import { plainText } from './markdown.js';
import { boardWord, countWord } from './words.js';

/** Annotations that GitHub takes in one request. */
export const ANNOTATIONS_PER_REQUEST = 50;
/** Of one check: who has more failures reads the table, and every fifty cost a request. */
export const MAX_ANNOTATIONS = 250;
const MAX_MESSAGE_BYTES = 64_000;
const MAX_TITLE_CHARS = 255;
const MAX_BOARDS = 20;

/** Files of the commit, found by the end of their path: a build names them by folders of its own. */
export class SourceTree {
  readonly #byName = new Map<string, string[]>();

  constructor(paths: Iterable<string>) {
    for (const path of paths) {
      const name = lastOf(path);
      const same = this.#byName.get(name);
      if (same) same.push(path);
      else this.#byName.set(name, [path]);
    }
  }

  /** The one file whose path shares most of its end with `named`; undefined when there is none, or no telling which. */
  find(named: string): string | undefined {
    const parts = named.replaceAll('\\', '/').split('/').filter(isFolder).reverse();
    const ranked = (this.#byName.get(parts[0] ?? '') ?? [])
      .map((path) => ({ path, depth: path.split('/').length, shared: sharedEnd(path, parts) }))
      // A file of the repository lies below the build's root: all of its path must be named, or all that was named fits.
      .filter(({ depth, shared }) => shared === depth || shared === parts.length)
      .sort((a, b) => b.shared - a.shared);
    const [best, second] = ranked;
    return best && best.shared !== second?.shared ? best.path : undefined;
  }
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const isFolder = (part: string): boolean => part !== '' && part !== '.' && part !== '..';

function sharedEnd(path: string, reversed: readonly string[]): number {
  const own = path.split('/').reverse();
  let shared = 0;
  while (shared < own.length && own[shared] === reversed[shared]) shared++;
  return shared;
}

/** One for each case whose place is in the tree, in the order of the failures. */
export function annotationsOf(failures: readonly FailedCase[], tree: SourceTree): Annotation[] {
  const made: Annotation[] = [];
  for (const failure of failures) {
    const path = failure.file === undefined ? undefined : tree.find(failure.file);
    if (path === undefined || failure.line === undefined || failure.line < 1) continue;
    made.push(annotationOf(failure, path, failure.line));
    if (made.length === MAX_ANNOTATIONS) break;
  }
  return made;
}

function annotationOf(failure: FailedCase, path: string, line: number): Annotation {
  const { run, name, verdict, message, boards, known } = failure;
  const where = boardWord(boards.map(plainText), MAX_BOARDS);
  const what = `${plainText(message)}\n\n${verdict} on ${countWord(boards.length, 'board')}: ${where}`;
  const title = `${plainText(run)}: ${plainText(name)}${known ? ' (the base fails it too)' : ''}`;
  return {
    ...{ path, start_line: line, end_line: line },
    annotation_level: known ? 'warning' : 'failure',
    title: title.slice(0, MAX_TITLE_CHARS).replace(/[\ud800-\udbff]$/, ''),
    message: cutToBytes(what, MAX_MESSAGE_BYTES),
  };
}
