import {
  type BoardRow,
  moveEach,
  moveRows,
  NO_CHANGE,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { AgentStore, Change } from '../store/ports.js';

/** See `AgentStore.gone`. */
export async function agentGone(
  db: StoreDatabase,
  tx: Tx,
  agent: string,
  { cause, nowMs, controllerId }: Parameters<AgentStore['gone']>[1],
): Promise<Change> {
  let update = tx
    .updateTable('agents')
    .set({ connected: 0, since_ms: nowMs })
    .where('name', '=', agent)
    .where('connected', '=', 1);
  if (controllerId !== undefined) update = update.where('controller_id', '=', controllerId);
  await update.execute();
  const now = await tx
    .selectFrom('agents')
    .select('connected')
    .where('name', '=', agent)
    .executeTakeFirst();
  if (now?.connected === 1) return NO_CHANGE;
  return moveEach(db, tx, { agent, nowMs }, (row) => offline(row, cause));
}

/**
 * See `AgentStore.lapsed`. Also takes boards offline that came online after their agent had lapsed: whoever
 * reported them believed it to be connected.
 */
export async function agentsLapsed(
  db: StoreDatabase,
  tx: Tx,
  nowMs: number,
): Promise<{ agents: string[]; change: Change }> {
  const lapsed = await tx
    .updateTable('agents')
    .set({ connected: 0, since_ms: nowMs })
    .where('connected', '=', 1)
    .where('present_until_ms', '<=', nowMs)
    .returning('name')
    .execute();
  const absent = tx.selectFrom('agents').select('name').where('connected', '=', 0);
  // All in one order, as whoever locks several boards does.
  const online = tx
    .selectFrom('boards')
    .selectAll()
    .where('offline', '=', 0)
    .where('agent', 'in', absent)
    .orderBy('serial');
  const rows = await db.dialect.lockRows(online).execute();
  const change = await moveRows(db, tx, { rows, nowMs }, (row) =>
    offline(row, `agent ${row.agent} is gone with its controller`),
  );
  const agents = [...lapsed.map(({ name }) => name), ...rows.map(({ agent }) => agent)];
  return { agents: [...new Set(agents)], change };
}

const offline = (row: BoardRow, cause: string) =>
  row.offline === 1 ? undefined : { offline: 1, cause, actor: 'controller' };
