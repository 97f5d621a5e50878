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
    nowMs: number,
  ): Promise<void> {
    const { name, version, host, controllerId } = agent;
    const state = { version, host, controller_id: controllerId, connected: 1, since_ms: nowMs };
    await this.#db.transact((tx) =>
      tx
        .insertInto('agents')
        .values({ name, ...state })
        .onConflict((oc) => oc.column('name').doUpdateSet(state))
        .execute(),
    );
  }

  /** Nothing happens when the agent has gone over to another controller meanwhile. */
  async disconnected(name: string, controllerId: string, nowMs: number): Promise<void> {
    await this.#db.transact((tx) =>
      tx
        .updateTable('agents')
        .set({ connected: 0, since_ms: nowMs })
        .where('name', '=', name)
        .where('controller_id', '=', controllerId)
        .where('connected', '=', 1)
        .execute(),
    );
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
