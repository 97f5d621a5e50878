import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import Sqlite from 'better-sqlite3';
import { Kysely } from 'kysely';
import { messageOf } from './database-errors.js';
import { postgresDialect, sqliteDialect } from './dialect.js';
import { GroupCommit } from './group-commit.js';
import { migrate } from './migrate.js';
import type { FillProgress } from './migration.js';
import { MIGRATIONS } from './migrations/index.js';
import { postgresKyselyDialect, postgresPool } from './postgres-driver.js';
import { type SqliteFiles, sqliteKyselyDialect } from './sqlite-driver.js';
import { type Queries, StoreDatabase } from './store-database.js';
import { ConcurrentTransactions } from './transactions.js';

export interface StoreOptions {
  /** `postgres://…`, `sqlite:/path/to/file`; default `farm.sqlite` in the state directory. */
  readonly databaseUrl?: string | undefined;
  readonly stateDir: string;
  /** Hears of database connections that broke while idle; they are replaced by themselves. */
  readonly onIdleError?: (error: Error) => void;
  /** Hears about once a second how far an update of many rows is. */
  readonly onProgress?: (progress: FillProgress) => void;
}

/**
 * Opens the database and brings its tables up to date.
 * @throws FarmError `invalid_configuration` for a URL of another kind or a database of a newer controller, `unavailable`
 */
export async function openMigrated(options: StoreOptions): Promise<StoreDatabase> {
  const db = await openDatabase(options);
  try {
    const { onProgress } = options;
    await migrate(db, MIGRATIONS, { nowMs: Date.now(), onProgress });
  } catch (error) {
    await db.queries.destroy();
    throw error;
  }
  return db;
}

/** Opens the database as it is. @throws FarmError `invalid_configuration`, `unavailable` */
export async function openDatabase(options: StoreOptions): Promise<StoreDatabase> {
  const url = options.databaseUrl ?? `sqlite:${join(options.stateDir, 'farm.sqlite')}`;
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url, options);
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length));
  const kind = url.split(':', 1)[0]?.slice(0, 20);
  throw new FarmError(
    'invalid_configuration',
    `database URL: expected postgres://… or sqlite:/path, got one that begins with '${kind}'`,
  );
}

function openPostgres(url: string, { onIdleError }: StoreOptions): StoreDatabase {
  // Without a listener nothing is lost: the next query on a broken database fails with `unavailable`.
  const pool = postgresPool(url, onIdleError ?? (() => undefined));
  const queries: Queries = new Kysely({ dialect: postgresKyselyDialect(pool) });
  const transactions = new ConcurrentTransactions(queries, postgresDialect);
  return new StoreDatabase(queries, postgresDialect, transactions);
}

async function openSqlite(path: string): Promise<StoreDatabase> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const files = openFiles(path);
  const queries: Queries = new Kysely({ dialect: sqliteKyselyDialect(files) });
  return new StoreDatabase(queries, sqliteDialect, new GroupCommit(queries));
}

function openFiles(path: string): SqliteFiles {
  try {
    const writer = new Sqlite(path, { timeout: 5_000 });
    writer.pragma('journal_mode = WAL');
    // FULL: what was acknowledged survives a power cut, not only a crash of the process.
    writer.pragma('synchronous = FULL');
    writer.pragma('foreign_keys = ON');
    return { writer, reader: new Sqlite(path, { timeout: 5_000, readonly: true }) };
  } catch (cause) {
    const message = `cannot open the database ${path}: ${messageOf(cause)}`;
    throw new FarmError('invalid_configuration', message, { cause });
  }
}
