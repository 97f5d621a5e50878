import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { openStore } from '../../src/farm-store.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { type PostgresCluster, startPostgres } from '../support/postgres.js';

describe('opening the store', () => {
  let dir: string;
  let cluster: PostgresCluster;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-open-'));
    cluster = await startPostgres();
  });
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true });
    await cluster?.stop();
  });

  it('keeps an SQLite file in the state directory unless told otherwise', async () => {
    await (await openStore({ stateDir: join(dir, 'state') })).close();
    const other = join(dir, 'deep', 'er', 'x.sqlite');
    await (await openStore({ databaseUrl: `sqlite:${other}`, stateDir: dir })).close();
    for (const path of [join(dir, 'state', 'farm.sqlite'), other]) {
      const file = new Sqlite(path, { fileMustExist: true });
      expect(file.pragma('journal_mode', { simple: true })).toBe('wal');
      file.close();
    }
  });

  it('keeps what it has when opened again', async () => {
    const stateDir = join(dir, 'again');
    const first = await openStore({ stateDir });
    await first.agents.connected(
      { name: 'a', version: '1', host: 'h', controllerId: 'c' },
      { nowMs: 1, untilMs: 2 },
    );
    await first.close();
    const second = await openStore({ stateDir });
    expect(await second.agents.list()).toHaveLength(1);
    await second.close();
  });

  it('says which kinds of URL it takes, without repeating a password', async () => {
    const opening = openStore({ databaseUrl: 'mysql://root:hunter2@db/farm', stateDir: dir });
    await expect(opening).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('names the file that is no database', async () => {
    const path = join(dir, 'notes.txt');
    writeFileSync(path, 'this is no database, and long enough to have a header'.repeat(10));
    const opening = openStore({ databaseUrl: `sqlite:${path}`, stateDir: dir });
    await expect(opening).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(path),
    });
  });

  it('refuses a database that a newer controller has changed', async () => {
    const stateDir = join(dir, 'newer');
    await (await openStore({ stateDir })).close();
    const file = new Sqlite(join(stateDir, 'farm.sqlite'));
    file.exec("insert into schema_migrations values (999, 'future', 0)");
    file.close();
    await expect(openStore({ stateDir })).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('999'),
    });
  });

  it('lets several controllers bring one PostgreSQL up to date at once', async () => {
    const options = { databaseUrl: await cluster.freshDatabase(), stateDir: dir };
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(options)));
    await Promise.all(stores.map((store) => store.ping()));
    await Promise.all(stores.map((store) => store.close()));
    const client = new pg.Client({ connectionString: options.databaseUrl });
    await client.connect();
    const { rows } = await client.query('select version from schema_migrations order by version');
    await client.end();
    expect(rows.map((row) => row.version)).toEqual(MIGRATIONS.map(({ version }) => version));
  });

  it('says that the database is away when it is', async () => {
    const databaseUrl = `postgres:///postgres?host=${encodeURIComponent(dir)}&user=nobody`;
    const opening = openStore({ databaseUrl, stateDir: dir });
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
  });
});
