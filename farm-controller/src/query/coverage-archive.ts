import { plainText } from './console-text.js';
import { type CoverageFile, coverageFiles } from './coverage-files.js';
import { tarEnd, tarEntry } from './tar.js';

/** Names the files that were damaged on the console. */
const DAMAGED = 'DAMAGED.txt';
const MAX_DAMAGED = 1000;

/**
 * The .gcda files in a console log as a tar archive. Turning them into lcov's format takes the .gcno files, which
 * only the build has: `greenrack coverage` brings both together.
 * @param log - the log file, in pieces
 */
export async function* coverageArchive(log: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const damaged: string[] = [];
  for await (const file of coverageFiles(plainText(log))) {
    const name = safeName(file);
    if (file.data && name !== undefined) yield* tarEntry(name, file.data);
    else if (damaged.length < MAX_DAMAGED) damaged.push(JSON.stringify(file.path));
  }
  if (damaged.length > 0) yield* tarEntry(DAMAGED, Buffer.from(`${damaged.join('\n')}\n`));
  yield tarEnd();
}

/** The path below the folder that the archive is unpacked in; undefined when it would leave that folder. */
function safeName({ path }: CoverageFile): string | undefined {
  const parts = path
    .replace(/^[A-Za-z]:/, '')
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.');
  const isSafe = parts.length > 0 && !parts.includes('..') && !/[\u0000-\u001f]/.test(path);
  return isSafe ? parts.join('/') : undefined;
}
