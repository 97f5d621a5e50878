import { dutyIdSchema, dutyViewSchema, FarmError, pageOf } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { pageQuery, pageRequest } from './paging.js';

type Deps = Pick<QueryDeps, 'store'>;
const BASE = `${API_BASE}/duties`;

export function dutyRoutes(deps: Deps): Route[] {
  return [listDuties(deps), retryDuty(deps)];
}

function listDuties({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'operator',
    summary: 'What the farm has still to do, and what it has given up',
    query: z.strictObject({ ...pageQuery, only: z.enum(['dead', 'all']).default('all') }),
    response: pageOf(dutyViewSchema),
    handler: ({ query }) => store.duties.list(query.only, pageRequest(query)),
  });
}

function retryDuty({ store }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/retry`,
    role: 'operator',
    summary: 'Have a duty tried at once, as if for the first time',
    params: z.strictObject({ id: dutyIdSchema }),
    response: z.object({}),
    handler: async ({ params: { id } }) => {
      if (!(await store.duties.retry(id, Date.now())))
        throw new FarmError('not_found', `There is no duty ${id}`);
      return {};
    },
  });
}
