import { whoamiSchema } from '@greenrack/farm-protocol';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';

export function whoamiRoute(): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/whoami`,
    role: 'viewer',
    agents: true,
    summary: 'Whose token this is',
    response: whoamiSchema,
    handler: async ({ principal: { name, role, tenant } }) => ({ name, role, tenant }),
  });
}
