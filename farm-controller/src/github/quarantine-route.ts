import {
  FarmError,
  quarantineIdSchema,
  quarantineRequestSchema,
  quarantineViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QuarantineRows } from './quarantine-rows.js';

const BASE = `${API_BASE}/quarantine`;

/** What people do with quarantined cases. */
export function quarantineRoutes(cases: QuarantineRows): Route[] {
  return [listCases(cases), putCase(cases), liftCase(cases)];
}

function listCases(cases: QuarantineRows): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary: 'Cases that are reported and do not gate, with owner and end',
    response: z.object({ items: z.array(quarantineViewSchema) }),
    handler: async ({ principal }) => ({ items: await cases.list(principal.tenant, Date.now()) }),
  });
}

function putCase(cases: QuarantineRows): Route {
  return jsonRoute({
    method: 'post',
    path: BASE,
    role: 'submitter',
    summary: 'Report a case and do not let it gate, for some days',
    body: quarantineRequestSchema,
    status: 201,
    response: quarantineViewSchema,
    handler: async ({ body, principal: { tenant, name: owner } }) =>
      await cases.put(body, { tenant, owner, nowMs: Date.now() }),
  });
}

function liftCase(cases: QuarantineRows): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/lift`,
    role: 'submitter',
    summary: 'Let a quarantined case gate again',
    params: z.strictObject({ id: quarantineIdSchema }),
    response: z.object({}),
    handler: async ({ params: { id }, principal: { tenant } }) => {
      if (!(await cases.lift(id, { tenant, nowMs: Date.now() })))
        throw new FarmError('not_found', `quarantined case ${id}: there is none`);
      return {};
    },
  });
}
