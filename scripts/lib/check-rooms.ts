import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { depsSchema, judgeFile, type Room } from './dep-rules.js';

const workspacesSchema = z.object({ workspaces: z.array(z.string()) });
const packageSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Complaints about all rooms of the workspace at `root`; empty when every import follows an arrow. */
export function checkRooms(root: string): string[] {
  const { workspaces } = workspacesSchema.parse(readJson(join(root, 'package.json')));
  return workspaces.flatMap((name) => checkRoom(root, name));
}

function checkRoom(root: string, name: string): string[] {
  if (!existsSync(join(root, name, 'DEPS.json')))
    return [
      `${name}: has no DEPS.json. Write one: { "why": "…", "allow": ["@greenrack/farm-protocol"] }`,
    ];
  const parsed = depsSchema.safeParse(readJson(join(root, name, 'DEPS.json')));
  if (!parsed.success) return [`${name}/DEPS.json: ${z.prettifyError(parsed.error)}`];
  const { dependencies } = packageSchema.parse(readJson(join(root, name, 'package.json')));
  const room: Room = { name, deps: parsed.data, packages: new Set(Object.keys(dependencies)) };
  const src = join(root, name, parsed.data.src ?? 'src');
  return sourcePaths(src).flatMap((path) =>
    judgeFile(room, { path, text: readFileSync(join(src, path), 'utf8') }),
  );
}

function sourcePaths(src: string): string[] {
  if (!existsSync(src)) return [];
  const all = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const sources = all.filter((path) => /\.[jt]sx?$/.test(path) && !path.endsWith('.d.ts'));
  return sources.map((path) => path.split(sep).join('/')).sort();
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
