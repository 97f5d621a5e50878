import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { FarmError } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { absentAs } from '../artifacts/durable-files.js';
import type { ArtifactStore } from '../store/ports.js';
import {
  bytesOf,
  type CopiedFile,
  copiedFileSchema,
  proofOf,
  provenBytes,
  writeFileOf,
} from './copied-file.js';
import { copyDatabase, copyName, type DatabasePlace, restorePostgres } from './database-copy.js';

/** Folders of the artifact store, and the local one of streams that grow. */
const ARTIFACTS = ['blobs', 'streams'];
const SPOOL = 'spool';
const LIST = 'files.jsonl';
const MANIFEST = 'backup.json';

const manifestSchema = z.object({
  version: z.literal(1),
  database: z.enum(['sqlite', 'postgres']),
  /** Whether the hashes of tokens are in it. */
  tokens: z.boolean(),
  beganMs: z.number(),
  files: z.number(),
  bytes: z.number(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What a farm consists of. */
export interface FarmPlace {
  readonly stateDir: string;
  readonly database: DatabasePlace;
  readonly artifacts: ArtifactStore;
}

/**
 * Copies a farm that may run into a folder: the database first, then all files, so that what the database names is there.
 * In a folder that has a backup already only artifacts that it lacks are copied. Nobody takes a folder for a backup
 * whose manifest, which comes last, is not there.
 */
export async function backupFarm(
  farm: FarmPlace,
  to: string,
  { tokens, nowMs }: { readonly tokens: boolean; readonly nowMs: number },
): Promise<Manifest> {
  const had = await filesBefore(to);
  await mkdir(to, { recursive: true, mode: 0o700 });
  await rm(join(to, MANIFEST), { force: true });
  const name = copyName(farm.database);
  await rm(join(to, name), { force: true });
  await copyDatabase(farm.database, join(to, name), { tokens });
  const files: CopiedFile[] = [{ path: name, ...(await proofOf(join(to, name))) }];
  await rm(join(to, SPOOL), { recursive: true, force: true });
  for await (const file of spoolCopies(farm, to)) files.push(file);
  for await (const file of artifactCopies(farm, to, had)) files.push(file);
  const lines = files.map((file) => Buffer.from(`${JSON.stringify(file)}\n`));
  await writeFileOf(join(to, LIST), Readable.from(lines));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const database = farm.database.kind;
  const manifest: Manifest = {
    ...{ version: 1, database, tokens, beganMs: nowMs, files: files.length, bytes },
  };
  await writeFile(join(to, `${MANIFEST}.tmp`), JSON.stringify(manifest), { mode: 0o600 });
  await rename(join(to, `${MANIFEST}.tmp`), join(to, MANIFEST));
  return manifest;
}

/** Puts a backup into an empty place. @throws FarmError before anything is written, or naming the file that is damaged */
export async function restoreFarm(from: string, farm: FarmPlace): Promise<Manifest> {
  const { stateDir, database, artifacts } = farm;
  const manifest = await manifestOf(from);
  if (manifest.database !== database.kind)
    throw wrong(`${from} holds a ${manifest.database} database, DATABASE_URL names another kind`);
  await mustBeEmpty(farm);
  const files = await filesOf(from);
  if (files.length !== manifest.files) throw wrong(`${join(from, LIST)} is not whole`);
  for (const file of files) {
    const [folder, ...rest] = file.path.split('/');
    if (folder === 'artifacts') await artifacts.put(rest.join('/'), provenBytes(from, file));
    else if (folder === SPOOL)
      await writeFileOf(join(stateDir, file.path), provenBytes(from, file));
  }
  const [copy] = files;
  if (!copy) throw wrong(`${from} has no database`);
  if (database.kind === 'sqlite') await writeFileOf(database.path, provenBytes(from, copy));
  else {
    for await (const _ of provenBytes(from, copy));
    await restorePostgres(database.url, join(from, copy.path));
  }
  return manifest;
}

async function* spoolCopies({ stateDir }: FarmPlace, to: string): AsyncGenerator<CopiedFile> {
  for (const path of await filesBelow(stateDir, SPOOL)) {
    const file = await absentAs(open(join(stateDir, path)), undefined);
    // Sealed meanwhile: it is among the artifacts, which come after.
    if (!file) continue;
    try {
      yield { path, ...(await writeFileOf(join(to, path), bytesOf(file))) };
    } finally {
      await file.close();
    }
  }
}

async function* artifactCopies(
  { artifacts }: FarmPlace,
  to: string,
  had: ReadonlyMap<string, CopiedFile>,
): AsyncGenerator<CopiedFile> {
  for (const folder of ARTIFACTS)
    for await (const { key, bytes } of artifacts.list(folder)) {
      const path = `artifacts/${key}`;
      const before = had.get(path);
      const isThere = before?.bytes === bytes && (await absentAs(stat(join(to, path)), undefined));
      const copied = isThere ? before : await copyArtifact(artifacts, key, to);
      if (copied) yield copied;
    }
}

/** Undefined for one that is removed meanwhile, by policy. */
async function copyArtifact(
  artifacts: ArtifactStore,
  key: string,
  to: string,
): Promise<CopiedFile | undefined> {
  const path = `artifacts/${key}`;
  try {
    return { path, ...(await writeFileOf(join(to, path), artifacts.read(key))) };
  } catch (error) {
    if (!(error instanceof FarmError && error.code === 'not_found')) throw error;
    await rm(join(to, path), { force: true });
    return undefined;
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const all = readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const entries = await absentAs(all, []);
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
}

async function filesBefore(folder: string): Promise<Map<string, CopiedFile>> {
  const isBackup = await absentAs(stat(join(folder, LIST)), undefined);
  if (!isBackup) {
    const names = await absentAs(readdir(folder), []);
    if (names.length > 0 && !names.some((name) => name === 'farm.sqlite' || name === 'farm.dump'))
      throw wrong(`${folder} is neither empty nor a backup`);
    return new Map();
  }
  return new Map((await filesOf(folder)).map((file) => [file.path, file]));
}

async function filesOf(folder: string): Promise<CopiedFile[]> {
  const lines = createInterface({ input: createReadStream(join(folder, LIST)) });
  const files: CopiedFile[] = [];
  for await (const line of lines) files.push(copiedFileSchema.parse(JSON.parse(line)));
  return files;
}

async function manifestOf(folder: string): Promise<Manifest> {
  const text = await absentAs(readFile(join(folder, MANIFEST), 'utf8'), undefined);
  if (text === undefined)
    throw wrong(`${folder} has no ${MANIFEST}: no backup, or not a whole one`);
  return manifestSchema.parse(JSON.parse(text));
}

async function mustBeEmpty({ stateDir, database, artifacts }: FarmPlace): Promise<void> {
  const places = [join(stateDir, SPOOL), ...(database.kind === 'sqlite' ? [database.path] : [])];
  for (const place of places)
    if (await absentAs(stat(place), undefined))
      throw wrong(`${place} exists: restore into an empty place`);
  for (const folder of ARTIFACTS)
    for await (const { key } of artifacts.list(folder))
      throw wrong(`the artifact store has ${key}: restore into an empty one`);
  await mkdir(dirname(join(stateDir, SPOOL)), { recursive: true, mode: 0o700 });
}

const wrong = (message: string) => new FarmError('invalid_configuration', message);
