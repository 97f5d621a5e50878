import { agentViewSchema, pageOf } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { pageInMemory, pageQuery, pageRequest } from './paging.js';

export function agentRoute({ store }: Pick<QueryDeps, 'store'>): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/agents`,
    role: 'viewer',
    summary: 'Agents by name',
    query: z.strictObject(pageQuery),
    response: pageOf(agentViewSchema),
    handler: async ({ query }) =>
      pageInMemory(await store.agents.list(), (agent) => agent.name, pageRequest(query)),
  });
}
