import { agentViewSchema, pageOf } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { listAgents } from './agent-list.js';
import type { QueryDeps } from './deps.js';
import { pageInMemory, pageQuery, pageRequest } from './paging.js';

export function agentRoute({ store, inventory }: Pick<QueryDeps, 'store' | 'inventory'>): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/agents`,
    role: 'viewer',
    summary: 'Agents by name, also those of the inventory that have never connected',
    query: z.strictObject(pageQuery),
    response: pageOf(agentViewSchema),
    handler: async ({ query }) =>
      pageInMemory(await listAgents(store, inventory), (agent) => agent.name, pageRequest(query)),
  });
}
