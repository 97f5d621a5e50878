import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Inventory } from './inventory.js';
import { type BoardModel, IN_CLONE } from './schema.js';

/** The image that tells a sound board of a model from a broken one. */
export interface GoldenImageFile {
  /** Absolute; the file may not be there (yet). */
  readonly path: string;
  /** Hard bound on one attempt. */
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;
/** Of the clone, from `board-inventory/src` as from `board-inventory/dist`. */
const CLONE = fileURLToPath(new URL('../..', import.meta.url));

/** Where the golden image of a model is; undefined when it names none. `dir` is the inventory's. */
export function goldenImageOf(
  { goldenImage, goldenTimeoutMs = DEFAULT_TIMEOUT_MS }: BoardModel,
  dir: string,
): GoldenImageFile | undefined {
  if (goldenImage === undefined) return undefined;
  const path = goldenImage.startsWith(IN_CLONE)
    ? join(CLONE, goldenImage.slice(IN_CLONE.length))
    : resolve(dir, goldenImage);
  return { path, timeoutMs: goldenTimeoutMs };
}

/** Golden images that are named but not there, one sentence each; only of models that boards have. */
export function missingGoldenImages({ boards, goldenImages }: Inventory): string[] {
  const used = new Set(boards.map((board) => board.model));
  return [...goldenImages].flatMap(([model, { path }]) =>
    used.has(model) && !existsSync(path)
      ? [
          `model ${model}: there is no golden image ${path}; a suspect board will be quarantined unexamined`,
        ]
      : [],
  );
}
