import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { Kysely } from 'kysely';
import { storeOver } from '../../src/farm-store.js';
import { sqliteDialect } from '../../src/store/dialect.js';
import { GroupCommit } from '../../src/store/group-commit.js';
import { migrate } from '../../src/store/migrate.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import type { Store } from '../../src/store/ports.js';
import { sqliteKyselyDialect } from '../../src/store/sqlite-driver.js';
import { type Queries, StoreDatabase } from '../../src/store/store-database.js';
import { granted, NOW, newSubmission, prepareFarm, submit } from '../support/store-fixtures.js';

describe('transactions that share a commit', () => {
  let dir: string;
  let file: Sqlite.Database;
  let db: StoreDatabase;
  let store: Store;
  let commits: number;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-commit-'));
    file = new Sqlite(join(dir, 'farm.sqlite'), {
      verbose: (sql) => {
        if (sql === 'commit') commits += 1;
      },
    });
    file.pragma('journal_mode = WAL');
    file.pragma('foreign_keys = ON');
    const reader = new Sqlite(join(dir, 'farm.sqlite'), { readonly: true });
    const queries: Queries = new Kysely({ dialect: sqliteKyselyDialect({ writer: file, reader }) });
    db = new StoreDatabase(queries, sqliteDialect, new GroupCommit(queries));
    await migrate(db, MIGRATIONS, { nowMs: NOW });
    store = storeOver(db);
    await prepareFarm(store, ['b1']);
    commits = 0;
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });

  it('commit once for what arrives together', async () => {
    await Promise.all(Array.from({ length: 40 }, () => submit(store, { runs: 1 })));
    expect(commits).toBe(1);
    expect(await store.counts()).toMatchObject({ queued: 40 });
  });

  it('fail alone', async () => {
    const missingImage = () => {
      const plan = newSubmission({ runs: 2 });
      return { ...plan, runs: plan.runs.map((run) => ({ ...run, imageSha256: 'f'.repeat(64) })) };
    };
    const all = Array.from({ length: 150 }, (_, i) =>
      store.submissions.create(i % 3 === 0 ? missingImage() : newSubmission({ runs: 2 })),
    );
    const results = await Promise.allSettled(all);
    const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [i % 3] : []));
    expect(failed).toEqual(Array.from({ length: 50 }, () => 0));
    expect(await store.counts()).toMatchObject({ queued: 200 });
    expect((await store.submissions.list({ limit: 500 })).items).toHaveLength(100);
  });

  it('say storage_full when the disk is, have changed nothing, and go on when there is room', async () => {
    const [runId] = await submit(store, { runs: 1 });
    const pages = Number(file.pragma('page_count', { simple: true }));
    file.pragma(`max_page_count = ${pages + 5}`);
    const results = await Promise.allSettled([
      granted(store, runId, 'b1'),
      submit(store, { runs: 500 }),
      submit(store, { runs: 1 }),
    ]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'storage_full' } });
    // Whatever was acknowledged is there, and nothing else.
    const kept = results.filter((result) => result.status === 'fulfilled').length;
    const { queued, running } = await store.counts();
    expect(running).toBe(results[0]?.status === 'fulfilled' ? 1 : 0);
    expect(queued + running).toBe(1 + (results[2]?.status === 'fulfilled' ? 1 : 0));
    expect(kept).toBeLessThan(3);
    file.pragma('max_page_count = 1000000');
    await submit(store, { runs: 500 });
    expect((await store.counts()).queued).toBe(queued + 500);
  });

  it('hold up no reads, which see what is committed', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = (): void => undefined;
    const writing = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const written = db.transact(async (tx) => {
      await tx.updateTable('boards').set({ cause: 'half done' }).execute();
      begun();
      await finished;
    });
    await writing;
    expect((await store.boards.get('b1'))?.cause).not.toBe('half done');
    finish();
    await written;
    expect((await store.boards.get('b1'))?.cause).toBe('half done');
  });

  it('put first what somebody waits for, one of it before what boards do, the rest after', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => void order.push(name);
    const boards = ['board 1', 'board 2'].map((name) => db.transact(work(name)));
    const people = ['person 1', 'person 2'].map((name) => db.transact(work(name), 'urgent'));
    await Promise.all([...boards, ...people]);
    expect(order).toEqual(['person 1', 'board 1', 'board 2', 'person 2']);
  });

  it('let the rest of the process have its turns', async () => {
    let turns = 0;
    let busy = true;
    const count = () => {
      turns += 1;
      if (busy) setImmediate(count);
    };
    setImmediate(count);
    await submit(store, { runs: 5000 });
    busy = false;
    expect(turns).toBeGreaterThan(5);
  });
});
