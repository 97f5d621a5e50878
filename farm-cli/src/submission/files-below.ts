import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of tools: what lies there was not built to be run on a board, CMake's own compiler tests included. */
const TOOL_FOLDERS: ReadonlySet<string> = new Set([
  'CMakeFiles',
  '.git',
  '.hg',
  '.svn',
  '.venv',
  '__pycache__',
  'node_modules',
]);

export interface FilesBelow {
  /** Sorted, so that equal trees give equal answers. */
  readonly files: readonly string[];
  /** Folders that were not looked into. */
  readonly leftOut: readonly string[];
}

/** The files below a folder that `wanted` says yes to by name. Links are not followed. */
export function filesBelow(dir: string, wanted: (name: string) => boolean): FilesBelow {
  const files: string[] = [];
  const leftOut: string[] = [];
  const folders = [dir];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isFile() && wanted(entry.name)) files.push(path);
      if (!entry.isDirectory()) continue;
      if (TOOL_FOLDERS.has(entry.name)) leftOut.push(path);
      else folders.push(path);
    }
  return { files: files.sort(), leftOut: leftOut.sort() };
}

const entriesOf = (folder: string): Dirent[] => readdirSync(folder, { withFileTypes: true });
