import type { AgentView } from '@greenrack/farm-protocol';
import type { StoreDatabase } from '../store/for-stages.js';
import type { AgentStore, ArrivingAgent, Change } from '../store/ports.js';
import { agentGone, agentsLapsed } from './agent-absence.js';

/** Agents and the controller that each is connected to. */
export class SqlAgentStore implements AgentStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async connected(
    agent: ArrivingAgent,
    { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
  ): Promise<void> {
    const { name, version, host, hostTests, controllerId } = agent;
    const state = {
      host_tests_json: hostTests === undefined ? null : JSON.stringify(hostTests),
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

  async heartbeat(
    controllerId: string,
    names: readonly string[],
    untilMs: number,
  ): Promise<string[]> {
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

  gone(
    agent: string,
    why: { cause: string; nowMs: number; controllerId?: string },
  ): Promise<Change> {
    return this.#db.transact((tx) => agentGone(this.#db, tx, agent, why));
  }

  lapsed(nowMs: number): Promise<{ agents: string[]; change: Change }> {
    return this.#db.transact((tx) => agentsLapsed(this.#db, tx, nowMs));
  }

  async hostTests(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const rows = await this.#db.queries
      .selectFrom('agents')
      .select(['name', 'host_tests_json'])
      .where('host_tests_json', 'is not', null)
      .execute();
    const namesOf = (json: string | null) => new Set(JSON.parse(json ?? '[]') as string[]);
    return new Map(rows.map(({ name, host_tests_json: json }) => [name, namesOf(json)]));
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
