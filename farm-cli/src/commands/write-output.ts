import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CliContext } from '../cli-context.js';
import { errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';

/** Writes a file that an option named, with its folders. @throws UsageError when it cannot. Returns its full path. */
export function writeOutput(
  context: CliContext,
  file: string,
  data: string,
  /** Permissions of a new file. */
  mode = 0o666,
): string {
  const path = resolve(context.cwd, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data, { mode });
    return path;
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${errorText(error)}`);
  }
}
