import { queueViewSchema } from '@greenrack/farm-protocol';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';

/** Lanes that are explained; each costs a few reads. */
const MAX_LANES = 50;

/** What waits and why, lane by lane, and who has how much of the farm. */
export function queueRoute({
  store,
  explainWaiting,
}: Pick<QueryDeps, 'store' | 'explainWaiting'>): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/queue`,
    role: 'viewer',
    summary: 'What waits, by what it waits for: how many runs, why, and when the first may begin',
    response: queueViewSchema,
    handler: async () => {
      const { lanes, ...rest } = await store.queue.summary(MAX_LANES);
      const explained = lanes.map(async (lane) => ({
        ...lane,
        waiting: await explainWaiting(lane.first),
      }));
      return { ...rest, lanes: await Promise.all(explained) };
    },
  });
}
