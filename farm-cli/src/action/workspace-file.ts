import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of a path that are looked at. */
const MAX_PARTS = 40;

/**
 * The file of the workspace that firmware means by a path of the machine that it was built on: the longest end of the path
 * that is there. Undefined when none is.
 */
export function workspaceFile(workspace: string, named: string): string | undefined {
  const parts = named.replaceAll('\\', '/').split('/').filter(isFolder).slice(-MAX_PARTS);
  for (let from = 0; from < parts.length; from++) {
    const path = parts.slice(from).join('/');
    if (isFile(join(workspace, path))) return path;
  }
  return undefined;
}

const isFolder = (part: string): boolean => part !== '' && part !== '.' && part !== '..';

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // A name that the file system does not take is none of its files.
    return false;
  }
}
