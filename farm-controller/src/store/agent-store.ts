import type { AgentView } from '@greenrack/farm-protocol';
import type { AgentStore } from './ports.js';
import type { StoreDatabase } from './store-database.js';

/** Agents and the controller that each is connected to. */
export class SqlAgentStore implements AgentStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async connected(
    agent: { name: string; version: string; host: string; controllerId: string },
    { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
  ): Promise<void> {
    const { name, version, host, controllerId } = agent;
    const state = {
      ...{ version, host, controller_id: controllerId, connected: 1, since_ms: nowMs },
      present_until_ms: untilMs,
    };
    await this.#db.transact((tx) =>
      tx
        .insertInto('agents')
        .values({ name, ...state })
        .onConflict((oc) => oc.column('name').doUpdateSet(state))
        .execute(),
    );
  }

  async stay(controllerId: string, names: readonly string[], untilMs: number): Promise<string[]> {
    if (names.length === 0) return [];
    const rows = await this.#db.transact((tx) =>
      tx
        .updateTable('agents')
        .set({ present_until_ms: untilMs })
        .where('name', 'in', names)
        .where('controller_id', '=', controllerId)
        .where('connected', '=', 1)
        .returning('name')
        .execute(),
    );
    const here = new Set(rows.map(({ name }) => name));
    return names.filter((name) => !here.has(name));
  }

  async list(): Promise<AgentView[]> {
    const rows = await this.#db.queries
      .selectFrom('agents')
      .selectAll()
      .select((eb) =>
        eb
          .selectFrom('boards')
          .select((count) => count.fn.countAll<number>().as('n'))
          .whereRef('boards.agent', '=', 'agents.name')
          .where('boards.removed', '=', 0)
          .as('boards'),
      )
      .orderBy('name')
      .execute();
    return rows.map((row) => ({
      name: row.name,
      version: row.version,
      host: row.host,
      connected: row.connected === 1,
      sinceMs: row.since_ms,
      boards: row.boards ?? 0,
    }));
  }
}
