import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { z } from 'zod';
import { scanImports } from './import-scanner.js';

const names = z.array(z.string());

/** `DEPS.json` of a room: which arrows may leave its source files. */
export const depsSchema = z.strictObject({
  /** Why the arrows matter: shown with every complaint. */
  why: z.string().min(20),
  /** Packages of ours that every file may import. */
  allow: names,
  /** Packages (ours or not) that only these files or folders (with a slash at the end) may import. */
  only: z.record(z.string(), names).optional(),
  /** Files that join the folders and may import each of them. */
  root: names.optional(),
  /** Folder → folders that it may import. Without it the room has no inner arrows. */
  inside: z.record(z.string(), names).optional(),
  /** Folder → its only files that other folders may import. */
  ports: z.record(z.string(), names).optional(),
  /** Files outside of the folders that every folder may import; they import no folder themselves. */
  shared: names.optional(),
  /** Where the sources are; default `src`. */
  src: z.string().optional(),
});
export type Deps = z.infer<typeof depsSchema>;

/** A room with what is needed to judge its imports. */
export interface Room {
  readonly name: string;
  readonly deps: Deps;
  /** Names in `dependencies` of its package.json. */
  readonly packages: ReadonlySet<string>;
}

/** A source file: `path` is relative to the room's source folder, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Complaints about the imports of one file, each a message that says what to do. */
export function judgeFile(room: Room, file: SourceFile): string[] {
  const src = room.deps.src ?? 'src';
  return scanImports(file.text).flatMap(({ specifier, line }) => {
    const complaint = judgeImport(room, file.path, specifier);
    if (complaint === undefined) return [];
    const shown = specifier === undefined ? 'import()' : `import of '${specifier}'`;
    const place = `${room.name}/${src}/${file.path}:${line}`;
    return [`${place}: ${shown}: ${complaint}\n    Why it matters: ${room.deps.why}`];
  });
}

function judgeImport(room: Room, from: string, specifier: string | undefined): string | undefined {
  if (specifier === undefined)
    return 'name the module as a plain string, so that its arrow can be seen.';
  if (specifier.startsWith('.')) {
    const to = posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.jsx?$/, '');
    return judgeInside(room, from, to);
  }
  if (isBuiltin(specifier)) return undefined;
  return judgePackage(room, from, specifier);
}

function judgePackage(room: Room, from: string, specifier: string): string | undefined {
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const only = room.deps.only?.[name];
  if (
    only &&
    !only.some((place) => (place.endsWith('/') ? from.startsWith(place) : from === place))
  )
    return `only ${list(only)} may import ${name}. The list is ${edit(room, `only["${name}"]`)}.`;
  if (!name.startsWith('@greenrack/'))
    return room.packages.has(name)
      ? undefined
      : `${name} is not in "dependencies" of ${room.name}/package.json: add it there, or do without.`;
  if (name !== specifier) return `import the public index, '${name}'.`;
  if (only || room.deps.allow.includes(name)) return undefined;
  return `this room may import ${list(room.deps.allow)}. The list is ${edit(room, 'allow')}.`;
}

function judgeInside(room: Room, from: string, to: string): string | undefined {
  const { root = [], shared = [], inside, ports } = room.deps;
  if (to.startsWith('..')) return 'a relative path may not leave the room; import its package.';
  if (!inside || root.includes(from) || shared.some((file) => stem(file) === to)) return undefined;
  const [mine, other] = [folderOf(from), folderOf(to)];
  if (mine === '' && !shared.includes(from))
    return `${from} stands outside of the folders. Put it into one, or name it in ${edit(room, 'root')}.`;
  if (mine === other) return undefined;
  const allowed = mine === '' ? [] : inside[mine];
  if (!allowed) return `folder ${mine} has no list. Add one in ${edit(room, 'inside')}.`;
  if (!allowed.includes(other))
    return `${mine || from} may import ${list(allowed)}. The list is ${edit(room, `inside["${mine}"]`)}.`;
  const open = ports?.[other];
  if (open && !open.some((file) => stem(file) === to))
    return `of ${other} only ${list(open)} may be used from outside. The list is ${edit(room, `ports["${other}"]`)}.`;
  return undefined;
}

function folderOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

const stem = (file: string): string => file.replace(/\.[jt]sx?$/, '');
const list = (words: readonly string[]): string =>
  words.length > 0 ? words.join(', ') : 'nothing';
const edit = (room: Room, key: string): string => `${key} in ${room.name}/DEPS.json`;
