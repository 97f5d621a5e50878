import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { openStore } from '../../src/farm-store.js';
import type { Store } from '../../src/store/ports.js';
import { type PostgresCluster, startPostgres } from './postgres.js';

/** What a contract may ask of the database under test. */
export interface TestDatabase {
  /** Fresh and empty for every test. */
  readonly store: Store;
  /** Another controller's store on the same database. SQLite serves one controller: there it is the same store. */
  secondStore(): Promise<Store>;
  readonly kind: 'sqlite' | 'postgres';
  /** What the database itself has, past the store. */
  query<Row>(text: string): Promise<Row[]>;
}

type Contract = (database: TestDatabase) => void;

/** Runs the same tests on both databases. */
export function onBothDatabases(contracts: Readonly<Record<string, Contract>>): void {
  describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
    const fixture = new Fixture(kind);
    beforeAll(() => fixture.startServer());
    beforeEach(() => fixture.open());
    afterEach(() => fixture.close());
    afterAll(() => fixture.stopServer());
    for (const [name, contract] of Object.entries(contracts))
      describe(name, () => contract(fixture));
  });
}

class Fixture implements TestDatabase {
  readonly kind: 'sqlite' | 'postgres';
  readonly #stores: Store[] = [];
  #cluster: PostgresCluster | undefined;
  #dir = '';
  #url: string | undefined;

  constructor(kind: 'sqlite' | 'postgres') {
    this.kind = kind;
  }

  get store(): Store {
    const [first] = this.#stores;
    if (!first) throw new Error('the store is only open within a test');
    return first;
  }

  async startServer(): Promise<void> {
    if (this.kind === 'postgres') this.#cluster = await startPostgres();
  }

  async stopServer(): Promise<void> {
    await this.#cluster?.stop();
  }

  async open(): Promise<void> {
    this.#dir = mkdtempSync(join(tmpdir(), 'greenrack-store-'));
    this.#url = await this.#cluster?.freshDatabase();
    await this.#openStore();
  }

  secondStore(): Promise<Store> {
    return this.kind === 'sqlite' ? Promise.resolve(this.store) : this.#openStore();
  }

  async #openStore(): Promise<Store> {
    const store = await openStore({ databaseUrl: this.#url, stateDir: this.#dir });
    this.#stores.push(store);
    return store;
  }

  async query<Row>(text: string): Promise<Row[]> {
    if (this.#url !== undefined) return queryPostgres<Row>(this.#url, text);
    const file = new Sqlite(join(this.#dir, 'farm.sqlite'));
    try {
      return file.prepare(text).all() as Row[];
    } finally {
      file.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.splice(0).map((store) => store.close()));
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

async function queryPostgres<Row>(connectionString: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
