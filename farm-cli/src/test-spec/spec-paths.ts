import { dirname, join, posix, resolve, sep } from 'node:path';
import type { FoundBuild } from './find-test-specs.js';

/** Paths as Windows writes them begin with a drive or a share. */
const ABSOLUTE = /^(\/|[A-Za-z]:\/)/;

/**
 * Where a path of a spec may lead, the likeliest first. Build tools write it relative to the project, or absolute, with
 * `/` or `\`, and the spec itself into `base_path`: what stands behind that is found although the call comes from
 * elsewhere, or the tree came from another machine.
 */
export function specPaths({ file, build }: FoundBuild, path: string, cwd: string): string[] {
  const folder = resolve(dirname(file));
  const wanted = partsOf(path);
  const base = partsOf(build.base_path);
  const behind = behindBase(wanted, base);
  const moved = behind === undefined ? [] : [join(folder, ...behind)];
  const plain = wanted.join('/');
  if (ABSOLUTE.test(plain)) return unique([plain, ...moved]);
  const project = projectOf(folder, base);
  return unique([
    ...(project === undefined ? [] : [join(project, plain)]),
    ...moved,
    resolve(cwd, plain),
    join(folder, plain),
  ]);
}

/** The parts of a path, of whichever system; the first is empty for one from the root. */
function partsOf(path: string): string[] {
  return posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, '').split('/');
}

/** The parts of `wanted` behind the folder that the spec was written into; undefined when it does not lead through it. */
function behindBase(wanted: readonly string[], base: readonly string[]): string[] | undefined {
  if (base.length === 1 && base[0] === '.') return undefined;
  const isAbsolute = (parts: readonly string[]) => ABSOLUTE.test(`${parts.join('/')}/`);
  if (isAbsolute(base) || !isAbsolute(wanted)) return behindTail(wanted, base);
  for (let at = wanted.length - base.length - 1; at > 0; at--)
    if (startsWith(wanted.slice(at), base)) return wanted.slice(at + base.length);
  return undefined;
}

/** Takes from `wanted` the longest head that the base ends with: all of it, or what lies below the project. */
function behindTail(wanted: readonly string[], base: readonly string[]): string[] | undefined {
  for (let from = 0; from < base.length; from++)
    if (startsWith(wanted, base.slice(from))) return wanted.slice(base.length - from);
  return undefined;
}

/** Windows does not tell cases apart, and where a tree was moved to may. */
const startsWith = (parts: readonly string[], head: readonly string[]): boolean =>
  parts.length > head.length &&
  head.every((part, i) => part.toLowerCase() === parts[i]?.toLowerCase());

/** The folder that `base_path` was relative to, when the spec still lies there. */
function projectOf(folder: string, base: readonly string[]): string | undefined {
  const end = sep + base.join(sep);
  return folder.endsWith(end) ? folder.slice(0, -end.length) || sep : undefined;
}

const unique = (paths: readonly string[]): string[] => [...new Set(paths)];
