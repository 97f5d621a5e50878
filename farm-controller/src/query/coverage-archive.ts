import { type Pack, pack } from 'tar-stream';
import { plainText } from './console-text.js';
import { type CoverageFile, coverageFiles } from './coverage-files.js';

/** Names the files that were damaged on the console. */
const DAMAGED = 'DAMAGED.txt';
const MAX_DAMAGED = 1000;
/** The same console gives the same archive. */
const MTIME = new Date(0);

/**
 * The .gcda files in a console log as a tar archive. Turning them into lcov's format takes the .gcno files, which
 * only the build has: `greenrack coverage` brings both together.
 * @param log - the log file, in pieces
 */
export function coverageArchive(log: AsyncIterable<Uint8Array>): Pack {
  const archive = pack();
  fill(archive, log).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  );
  return archive;
}

async function fill(archive: Pack, log: AsyncIterable<Uint8Array>): Promise<void> {
  const damaged: string[] = [];
  for await (const file of coverageFiles(plainText(log))) {
    const name = safeName(file);
    if (file.data && name !== undefined) await add(archive, name, file.data);
    else if (damaged.length < MAX_DAMAGED) damaged.push(JSON.stringify(file.path));
  }
  if (damaged.length > 0) await add(archive, DAMAGED, Buffer.from(`${damaged.join('\n')}\n`));
}

/** Ends when the reader has room for more; fails when it has gone. */
function add(archive: Pack, name: string, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mtime: MTIME }, data, (error) => (error ? reject(error) : resolve()));
  });
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
