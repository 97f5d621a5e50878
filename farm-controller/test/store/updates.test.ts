import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dutyIdSchema, RUN_DEFAULTS, type RunSpec } from '@greenrack/farm-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { storeOver } from '../../src/farm-store.js';
import { migrate } from '../../src/store/migrate.js';
import type { FillProgress, Migration } from '../../src/store/migration.js';
import { verdictTotals } from '../../src/store/migrations/0013-verdict-totals.js';
import { runSpec } from '../../src/store/migrations/0016-run-spec.js';
import { tests as testsOfAttempts, testsOfCases } from '../../src/store/migrations/0020-tests.js';
import { attemptStreams } from '../../src/store/migrations/0025-attempt-streams.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { openDatabase } from '../../src/store/open-database.js';
import type { StoreDatabase } from '../../src/store/store-database.js';
import { fillHistory, totalsOf } from '../support/old-history.js';
import { type PostgresCluster, startPostgres } from '../support/postgres.js';
import { NOW } from '../support/store-fixtures.js';

const ROWS = 95;
const VERSION = verdictTotals.version;
const before = MIGRATIONS.filter(({ version }) => version < VERSION);

/** The migrations as they are, but the process dies in batch number `batch` of one's fill. */
function dyingIn(batch: number, of = VERSION): Migration[] {
  let batches = 0;
  return MIGRATIONS.map((step) => {
    const { fill } = step;
    if (!fill || step.version !== of) return step;
    const dying: Migration['fill'] = {
      ...fill,
      batch: async (tx, range) => {
        await fill.batch(tx, range);
        if (++batches === batch) throw new Error('killed');
      },
    };
    return { ...step, fill: dying };
  });
}

describe.each(['sqlite', 'postgres'] as const)('bringing an old %s up to date', (kind) => {
  let cluster: PostgresCluster | undefined;
  let dir: string;
  let db: StoreDatabase;
  let databaseUrl: string | undefined;
  beforeAll(async () => {
    if (kind === 'postgres') cluster = await startPostgres();
  });
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-update-'));
    databaseUrl = await cluster?.freshDatabase();
    db = await openDatabase({ databaseUrl, stateDir: dir });
    await migrate(db, before, { nowMs: NOW });
    await fillHistory(db, ROWS, 2);
  });
  afterEach(async () => {
    await db.queries.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  const totals = async () => Object.fromEntries((await storeOver(db).counts()).finishedByVerdict);
  const version = async () => {
    const { rows } = await sql<{ v: number }>`
      select max(version) as v from schema_migrations`.execute(db.queries);
    return rows[0]?.v;
  };

  it('counts every finished run of the history once, health checks aside', async () => {
    await migrate(db, MIGRATIONS, { nowMs: NOW, batchRows: 10 });
    expect(await totals()).toEqual(totalsOf(ROWS));
  });

  it.each([1, 2, 7, 10])('goes on where it was killed: in batch %d', async (batch) => {
    const options = { nowMs: NOW, batchRows: 10 };
    await expect(migrate(db, dyingIn(batch), options)).rejects.toThrow('killed');
    expect(await version()).toBe(VERSION - 1);
    const { rows_done, rows_total } = await db.queries
      .selectFrom('schema_fills')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect([Number(rows_done), Number(rows_total)]).toEqual([(batch - 1) * 10, ROWS]);
    await migrate(db, MIGRATIONS, options);
    expect(await version()).toBe(MIGRATIONS.at(-1)?.version);
    expect(await totals()).toEqual(totalsOf(ROWS));
    expect(await db.queries.selectFrom('schema_fills').selectAll().execute()).toEqual([]);
  });

  it('has the boards examined that are suspect', async () => {
    for (const [serial, health] of Object.entries({ b1: 'suspect', b2: 'good', b3: 'suspect' }))
      await sql`insert into boards (serial, agent, spec_json, removed, offline, health, cause, actor, since_ms, fence,
        runs_finished, transitions) values (${serial}, 'a', '{}', 0, 0, ${health}, '', 'a', ${NOW}, 0, 0, 1)`.execute(
        db.queries,
      );
    await migrate(db, MIGRATIONS, { nowMs: NOW });
    const { items } = await storeOver(db).duties.list('all', { limit: 9 });
    expect(items).toMatchObject([
      { kind: 'examineBoard', subject: 'b1', dueMs: NOW },
      { kind: 'examineBoard', subject: 'b3' },
    ]);
    for (const { id } of items) expect(dutyIdSchema.parse(id)).toBe(id);
  });

  it.each([1, 10])('puts the settings of every run together, killed in batch %d', async (batch) => {
    const rows = db.queries.selectFrom('runs').select('id').orderBy('id');
    const [full] = await rows.execute();
    const said: RunSpec = {
      requirement: { target: 'K64F', fixtures: ['loopback:D2-D3'], tags: ['lab'], board: 'b1' },
      ...{ timeoutMs: 5_000, queueTimeoutMs: 7_000_000_000_000, maxAttempts: 9, retries: 2 },
      ...{ expect: 'flaky', hostTest: 'wait_us', clock: 'host', timing: { syncTries: 2 } },
      ...{ compareLog: { lines: ['"a"', '/b\\s/i'] }, expectCases: { "it's": 'fail' } },
      build: { toolchain: 'GCC_ARM', profile: 'debug' },
    };
    await sql`
      update runs set requirement_json = ${JSON.stringify(said.requirement)}, timeout_ms = ${said.timeoutMs},
        queue_timeout_ms = ${said.queueTimeoutMs}, max_attempts = ${said.maxAttempts}, retries = ${said.retries},
        expectation = ${said.expect}, host_test = ${said.hostTest}, clock = ${said.clock},
        timing_json = ${JSON.stringify(said.timing)}, compare_log_json = ${JSON.stringify(said.compareLog)},
        case_expectations_json = ${JSON.stringify(said.expectCases)}, build_json = ${JSON.stringify(said.build)}
      where id = ${full?.id}`.execute(db.queries);
    const options = { nowMs: NOW, batchRows: 10 };
    await expect(migrate(db, dyingIn(batch, runSpec.version), options)).rejects.toThrow('killed');
    await migrate(db, MIGRATIONS, options);
    const specs = await db.queries.selectFrom('runs').select(['id', 'spec_json']).execute();
    const plain = { requirement: {}, ...RUN_DEFAULTS, timeoutMs: 1, queueTimeoutMs: 1 };
    for (const { id, spec_json } of specs)
      expect(JSON.parse(spec_json)).toEqual(id === full?.id ? said : { ...plain, maxAttempts: 1 });
  });

  it('tells how far it is', async () => {
    const told: FillProgress[] = [];
    const onProgress = (progress: FillProgress) => told.push(progress);
    await migrate(db, MIGRATIONS, { nowMs: NOW, batchRows: 10, onProgress });
    expect(told[0]).toEqual({ migration: 'verdict-totals', rowsDone: 10, rowsTotal: ROWS });
  });

  it('is done once by controllers that start together', async () => {
    // One controller to an SQLite file: there the second is the same.
    const other = kind === 'sqlite' ? db : await openDatabase({ databaseUrl, stateDir: dir });
    const options = { nowMs: NOW, batchRows: 3 };
    await Promise.all([migrate(db, MIGRATIONS, options), migrate(other, MIGRATIONS, options)]);
    if (other !== db) await other.queries.destroy();
    expect(await totals()).toEqual(totalsOf(ROWS));
  });

  it('names the tests of all attempts and cases, health checks aside, wherever it was killed', async () => {
    const options = { nowMs: NOW, batchRows: 10 };
    for (const { version } of [testsOfAttempts, testsOfCases])
      for (const batch of [3, 4])
        await expect(migrate(db, dyingIn(batch, version), options)).rejects.toThrow('killed');
    await migrate(db, MIGRATIONS, options);
    const { tests } = storeOver(db);
    const { items } = await tests.list({ target: 'T', imageName: 'a.bin' }, { limit: 10 });
    expect(items.map(({ caseName }) => caseName)).toEqual([null, 'case 0', 'case 1']);
    const { pass, fail } = totalsOf(ROWS);
    for (const { id } of items) {
      const results = (await tests.history(id, { limit: 500 })).items;
      const verdicts = results.map(({ verdict }) => verdict);
      expect(verdicts.filter((verdict) => verdict === 'pass')).toHaveLength(pass ?? 0);
      expect(verdicts.filter((verdict) => verdict === 'fail')).toHaveLength(fail ?? 0);
    }
  });

  it('gives each stream of an attempt that is over its row, wherever it was killed', async () => {
    const [first, second] = await db.queries
      .selectFrom('attempts')
      .select('id')
      .orderBy('id')
      .execute();
    const sha = 'a'.repeat(64);
    await sql`update attempts set console_bytes = 0, acked_seq = 3`.execute(db.queries);
    await sql`update attempts set console_bytes = 70, console_sha256 = ${sha} where id = ${first?.id}`.execute(
      db.queries,
    );
    await sql`update attempts set state = 'running' where id = ${second?.id}`.execute(db.queries);
    const options = { nowMs: NOW, batchRows: 10 };
    for (const batch of [1, 3])
      await expect(migrate(db, dyingIn(batch, attemptStreams.version), options)).rejects.toThrow(
        'killed',
      );
    await migrate(db, MIGRATIONS, options);
    const { streams } = storeOver(db);
    const unstored = await streams.unstored('', 1000);
    expect(unstored).toContain(first?.id);
    expect(unstored).not.toContain(second?.id);
    const { n } = await db.queries
      .selectFrom('attempts')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    expect(unstored).toHaveLength(n - 1);
    const [closed] = await streams.ended([first?.id ?? '']);
    expect(closed?.streams).toMatchObject(
      new Map([
        ['events', { bytes: 0, storedBytes: null }],
        ['console', { bytes: 70, sha256: sha, storedBytes: null }],
      ]),
    );
  });

  it('is not counted anew for the page of metrics, however long the history', async () => {
    await migrate(db, MIGRATIONS, { nowMs: NOW });
    await sql`delete from submission_verdicts`.execute(db.queries);
    expect(await totals()).toEqual(totalsOf(ROWS));
  });
});
