import { z } from 'zod';
import { readTar } from './read-tar.js';

/** Lists what the farm found damaged on the console, one JSON string per line. */
const DAMAGED = 'DAMAGED.txt';
/** A coverage file has 1 MiB at most; the list of those that were damaged may be longer. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_FILES = 20_000;
const pathSchema = z.string().max(4096);

/** The dump of one .gcda file, as the board printed it. */
export interface CoverageDump {
  /** As the compiler was told, on whatever machine that was. */
  readonly path: string;
  /** Undefined when bytes were lost on the console. */
  readonly data: Buffer | undefined;
}

/** The coverage dumps of one attempt, from the farm's archive of them. @throws Error when that is damaged */
export async function* readCoverageArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<CoverageDump> {
  let left = MAX_FILES;
  for await (const { name, data } of readTar(bytes, MAX_FILE_BYTES)) {
    if (left-- === 0) throw new Error(`the archive has more than ${MAX_FILES} files`);
    if (name !== DAMAGED) yield { path: name, data };
    else for (const path of damagedPaths(data)) yield { path, data: undefined };
  }
}

function damagedPaths(list: Buffer): string[] {
  const lines = list.toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    try {
      return pathSchema.parse(JSON.parse(line));
    } catch {
      return line;
    }
  });
}
