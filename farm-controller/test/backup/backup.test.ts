import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { newId } from '@greenrack/farm-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openBlobStore } from '../../src/artifacts/blob-store.js';
import { openArtifacts } from '../../src/artifacts/open-artifacts.js';
import { backupFarm, type FarmPlace, restoreFarm } from '../../src/backup/backup-farm.js';
import { databasePlace } from '../../src/backup/database-copy.js';
import { openStore } from '../../src/farm-store.js';
import type { ArtifactStore, Store } from '../../src/store/ports.js';
import { openStreamSpool } from '../../src/streams/stream-spool.js';
import { type PostgresCluster, startPostgres } from '../support/postgres.js';
import { finishRun, NOW, prepareFarm, submit } from '../support/store-fixtures.js';

const IMAGE = Buffer.alloc(100_000, 7);
const SECRET_HASH = 'b7'.repeat(32);
const LOG = Buffer.from('what the board wrote');

describe.each(['sqlite', 'postgres'] as const)('a backup of a farm on %s', (kind) => {
  let cluster: PostgresCluster | undefined;
  let dir: string;
  let store: Store;
  let farm: FarmPlace;
  let attemptId: string;
  let sha256: string;
  beforeAll(async () => {
    if (kind === 'postgres') cluster = await startPostgres();
  });
  afterAll(() => cluster?.stop());

  async function place(name: string): Promise<FarmPlace & { url: string | undefined }> {
    const stateDir = join(dir, name);
    const url = await cluster?.freshDatabase();
    const artifacts = await openArtifacts(undefined, stateDir);
    return { stateDir, artifacts, database: databasePlace(url, stateDir), url };
  }

  /** A farm with an image, a finished run and its console, and a token; it stays open. */
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-backup-'));
    const { url, ...rest } = await place('farm');
    farm = rest;
    const { stateDir, artifacts } = farm;
    store = await openStore({ databaseUrl: url, stateDir });
    const blobs = await openBlobStore(artifacts, join(stateDir, 'blobs', 'tmp'));
    ({ sha256 } = await blobs.put(Readable.from([IMAGE]), 1e6));
    await prepareFarm(store, ['b1']);
    const [run] = await submit(store, { runs: 2 });
    ({ attemptId } = await finishRun(store, run, 'b1'));
    const spool = await openStreamSpool(join(stateDir, 'spool'));
    await spool.append({ attemptId, name: 'console' }, 0, LOG);
    await spool.close();
    const token = { id: newId('tok', NOW), name: 't', role: 'viewer', tenant: 'default' } as const;
    const life = { createdMs: NOW, expiresMs: null, revokedMs: null, secretHash: SECRET_HASH };
    await store.tokens.create({ ...token, ...life });
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const backup = (tokens = true) => backupFarm(farm, join(dir, 'copy'), { tokens, nowMs: NOW });
  const copied = (path: string) => join(dir, 'copy', path);
  const blob = () => join('artifacts', 'blobs', sha256.slice(0, 2), sha256);

  async function restored(): Promise<{ other: Store; to: FarmPlace }> {
    const { url, ...to } = await place('restored');
    await restoreFarm(join(dir, 'copy'), to);
    const { stateDir } = to;
    return { to, other: await openStore({ databaseUrl: url, stateDir }) };
  }

  it('that runs is restored with all that it had', async () => {
    const manifest = await backup();
    expect(manifest).toMatchObject({ database: kind, tokens: true, files: 3 });
    const { other, to } = await restored();
    const list = async (one: Store) => [
      await one.runs.list({}, { limit: 9 }),
      await one.submissions.list({ limit: 9 }),
      await one.boards.history('b1', { limit: 9 }),
      (await one.tokens.list('people', { limit: 500 })).items,
      await one.duties.list('all', { limit: 9 }),
    ];
    expect(await list(other)).toEqual(await list(store));
    expect((await other.runs.list({}, { limit: 9 })).items).toHaveLength(2);
    await other.close();
    const spool = await openStreamSpool(join(to.stateDir, 'spool'));
    expect(await spool.sizes(attemptId)).toEqual({ console: LOG.byteLength });
    await spool.close();
    expect(readFileSync(join(to.stateDir, 'blobs', sha256.slice(0, 2), sha256))).toEqual(IMAGE);
  });

  it('leaves out an artifact that policy removes while it is made', async () => {
    const { artifacts } = farm;
    // Whatever is listed is gone when its turn comes.
    const vanishing: ArtifactStore = {
      put: (...args) => artifacts.put(...args),
      take: (...args) => artifacts.take(...args),
      stat: (key) => artifacts.stat(key),
      delete: (key) => artifacts.delete(key),
      list: (folder) => artifacts.list(folder),
      async *read(key) {
        await artifacts.delete(key);
        yield* artifacts.read(key);
      },
    };
    const copy = join(dir, 'copy');
    const made = await backupFarm({ ...farm, artifacts: vanishing }, copy, {
      ...{ tokens: true, nowMs: NOW },
    });
    expect(made.files).toBe(2);
    const { other } = await restored();
    await other.close();
  });

  it('has the tokens only when it is to', async () => {
    expect(await backup(false)).toMatchObject({ tokens: false });
    if (kind === 'sqlite')
      expect(readFileSync(copied('farm.sqlite')).includes(SECRET_HASH)).toBe(false);
    const { other } = await restored();
    expect((await other.tokens.list('people', { limit: 500 })).items).toEqual([]);
    await other.close();
  });

  it('copies only what is new when it is made again', async () => {
    await backup();
    const before = statSync(copied(blob())).ino;
    writeFileSync(copied('leftover'), '');
    const blobs = await openBlobStore(farm.artifacts, join(dir, 'tmp'));
    await blobs.put(Readable.from([Buffer.from('new')]), 10);
    await submit(store, { runs: 1 });
    expect(await backup()).toMatchObject({ files: 4 });
    expect(statSync(copied(blob())).ino).toBe(before);
    const { other } = await restored();
    expect((await other.runs.list({}, { limit: 9 })).items).toHaveLength(3);
    await other.close();
  });

  it.each([
    ['an image that is damaged', () => writeFileSync(copied(blob()), 'x'), /blobs.* is damaged/],
    ['a file that is missing', () => rmSync(copied(blob())), /ENOENT/],
    ['no manifest, because it was not finished', () => rmSync(copied('backup.json')), /no backup/],
  ])('is not restored with %s', async (_what, damage, why) => {
    await backup();
    damage();
    await expect(restored()).rejects.toThrow(why);
  });

  it('is not restored over a farm, and not made in a folder of something else', async () => {
    await backup();
    await expect(restoreFarm(join(dir, 'copy'), farm)).rejects.toThrow('restore into an empty');
    await expect(
      backupFarm(farm, farm.stateDir.replace('farm', ''), { tokens: true, nowMs: NOW }),
    ).rejects.toThrow('neither empty nor a backup');
    expect(readdirSync(dir)).toContain('farm');
  });
});
