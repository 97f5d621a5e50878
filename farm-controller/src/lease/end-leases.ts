import { ACTIVE } from '../store/for-stages.js';
import type { EndLeases } from '../store/ports.js';

/** See {@link EndLeases}. */
export const endLeases: EndLeases = async (db, tx, ended, nowMs) => {
  const held = tx
    .selectFrom('leases')
    .select(['id', 'attempt_id', 'board_serial'])
    .where('attempt_id', 'in', [...ended.keys()])
    .where('state', '=', ACTIVE)
    .orderBy('id');
  const leases = await db.dialect.lockRows(held).execute();
  for (const state of ['released', 'lost'] as const) {
    const ids = leases.filter((lease) => ended.get(lease.attempt_id) === state).map(({ id }) => id);
    if (ids.length === 0) continue;
    const end = { state, ended_ms: nowMs };
    await tx.updateTable('leases').set(end).where('id', 'in', ids).execute();
  }
  return leases.sort((a, b) => (a.board_serial < b.board_serial ? -1 : 1));
};
