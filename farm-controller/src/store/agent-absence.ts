import { moveEach } from './board-rows.js';
import { joinedChanges, NO_CHANGE } from './changes.js';
import type { BoardStore, Change } from './ports.js';
import type { StoreDatabase, Tx } from './store-database.js';

/** See `BoardStore.agentGone`. */
export async function agentGone(
  db: StoreDatabase,
  tx: Tx,
  agent: string,
  { cause, nowMs, controllerId }: Parameters<BoardStore['agentGone']>[1],
): Promise<Change> {
  let update = tx
    .updateTable('agents')
    .set({ connected: 0, since_ms: nowMs })
    .where('name', '=', agent)
    .where('connected', '=', 1);
  if (controllerId !== undefined) update = update.where('controller_id', '=', controllerId);
  const gone = await update.returning('name').execute();
  if (controllerId !== undefined && gone.length === 0) return NO_CHANGE;
  return boardsOffline(db, tx, agent, { cause, nowMs });
}

/** See `BoardStore.agentsLapsed`. */
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
  const changes: Change[] = [];
  for (const { name } of lapsed) {
    const cause = `agent ${name} is gone with its controller`;
    changes.push(await boardsOffline(db, tx, name, { cause, nowMs }));
  }
  return { agents: lapsed.map(({ name }) => name), change: joinedChanges(changes) };
}

function boardsOffline(
  db: StoreDatabase,
  tx: Tx,
  agent: string,
  { cause, nowMs }: { readonly cause: string; readonly nowMs: number },
): Promise<Change> {
  return moveEach(db, tx, { agent, nowMs }, (row) =>
    row.offline === 1 ? undefined : { offline: 1, cause, actor: 'controller' },
  );
}
