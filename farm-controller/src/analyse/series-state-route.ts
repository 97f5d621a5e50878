import { type SeriesState, seriesIdSchema, seriesStateSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Queries, SeriesStateRow } from '../store/for-stages.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';

const MAX_IDS = 500;
const MAX_STATES = 2_000;

/** What is known of series: how they behave, and whether they may stop a gate. */
export function seriesStateRoute(db: Queries): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/series/states`,
    role: 'viewer',
    summary:
      'What is known of these series on each branch: profile, state, whether they may stop a gate',
    body: z.strictObject({ series: z.array(seriesIdSchema).min(1).max(MAX_IDS) }),
    response: z.object({ items: z.array(seriesStateSchema) }),
    handler: async ({ body }) => {
      const rows = await db
        .selectFrom('series_states')
        .selectAll()
        .where('series_id', 'in', body.series)
        .orderBy('series_id')
        .orderBy('ref')
        .limit(MAX_STATES)
        .execute();
      return { items: rows.map(stateView) };
    },
  });
}

function stateView(row: SeriesStateRow): SeriesState {
  const { state, profile, kind, value, builds, spread } = row;
  return {
    ...{ state, profile, kind, value, builds, spread },
    seriesId: row.series_id,
    ref: row.ref === '' ? null : row.ref,
    environment: row.environment_id,
    falseAlarms: row.false_alarms,
    gates: row.gates === 1,
    calmBuilds: row.calm_builds,
    changedMs: row.changed_ms,
  };
}
