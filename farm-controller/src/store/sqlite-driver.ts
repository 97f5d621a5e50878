import type Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { Turns } from '../timing/turns.js';
import { asFarmError } from './database-errors.js';

/** Statements kept ready; inserts of many rows make a text per number of rows. */
const MAX_STATEMENTS = 500;

/** One database, opened twice. */
export interface SqliteFiles {
  /** Has all transactions, one at a time. */
  readonly writer: Sqlite.Database;
  /** Reads what is committed, whoever writes meanwhile. */
  readonly reader: Sqlite.Database;
}

/**
 * Kysely over better-sqlite3. Unlike Kysely's own driver it keeps statements prepared, takes the write lock at the start
 * of a transaction (a later upgrade would fail at once when a second process writes), lets waiting transactions in
 * strictly in their order, and answers reads outside of them at once. Statements are synchronous: between two of them
 * the rest of the process has its turn.
 */
export function sqliteKyselyDialect(files: SqliteFiles): Dialect {
  return {
    createDriver: () => new SqliteDriver(files),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class SqliteDriver implements Driver {
  readonly #writer: SqliteStatements;
  readonly #reader: SqliteStatements;
  readonly #turns = new Turns();
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  constructor({ writer, reader }: SqliteFiles) {
    this.#writer = new SqliteStatements(writer);
    this.#reader = new SqliteStatements(reader);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<SqliteConnection> {
    return Promise.resolve(new SqliteConnection((query) => this.#outside(query)));
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    await this.#take();
    try {
      this.#writer.run(CompiledQuery.raw('begin immediate'));
    } catch (error) {
      this.#letGo();
      throw error;
    }
    connection.execute = (query) => this.#inTurns(this.#writer, query);
  }

  async commitTransaction(): Promise<void> {
    this.#writer.run(CompiledQuery.raw('commit'));
    this.#letGo();
  }

  async rollbackTransaction(): Promise<void> {
    try {
      // A full disk has already rolled it back; a second rollback would hide that error.
      if (this.#writer.file.inTransaction) this.#writer.run(CompiledQuery.raw('rollback'));
    } finally {
      this.#letGo();
    }
  }

  destroy(): Promise<void> {
    this.#reader.file.close();
    this.#writer.file.close();
    return Promise.resolve();
  }

  /** A statement that is no part of a transaction. */
  async #outside(query: CompiledQuery): Promise<QueryResult<unknown>> {
    if (this.#reader.onlyReads(query)) return await this.#inTurns(this.#reader, query);
    await this.#take();
    try {
      return this.#writer.run(query);
    } finally {
      this.#letGo();
    }
  }

  async #inTurns(file: SqliteStatements, query: CompiledQuery): Promise<QueryResult<unknown>> {
    await this.#turns.pass();
    return file.run(query);
  }

  async #take(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
  }

  #letGo(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken = false;
  }
}

type Execute = (query: CompiledQuery) => Promise<QueryResult<unknown>>;

class SqliteConnection implements DatabaseConnection {
  execute: Execute;

  constructor(execute: Execute) {
    this.execute = execute;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return (await this.execute(query)) as QueryResult<R>;
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

/** A file with its prepared statements. */
class SqliteStatements {
  readonly file: Sqlite.Database;
  readonly #statements = new Map<string, Sqlite.Statement>();

  constructor(file: Sqlite.Database) {
    this.file = file;
  }

  onlyReads({ sql }: CompiledQuery): boolean {
    return asking(() => this.#prepared(sql).readonly);
  }

  run({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    return asking(() => {
      const statement = this.#prepared(sql);
      if (statement.reader) return { rows: statement.all(parameters) };
      return { numAffectedRows: BigInt(statement.run(parameters).changes), rows: [] };
    });
  }

  #prepared(sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql);
    if (known) this.#statements.delete(sql);
    const statement = known ?? this.file.prepare(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }
}

function asking<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw asFarmError(error);
  }
}
