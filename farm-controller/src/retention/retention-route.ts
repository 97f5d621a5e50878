import {
  FarmError,
  quotaRequestSchema,
  type RetentionPolicy,
  storageViewSchema,
  submissionIdSchema,
  submissionViewSchema,
  tenantUsageSchema,
  tokenTenantSchema,
} from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Store } from '../store/ports.js';
import type { Principal } from '../web/principal.js';
import { roleCovers } from '../web/principal.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { DAY_MS, REMOVALS } from './policy.js';
import { type InUse, removableImages, removableSubmissions } from './removable.js';

export interface RetentionRouteDeps {
  readonly store: Store;
  readonly policy: () => RetentionPolicy;
  readonly inUse: () => Promise<InUse>;
  readonly freeBytes: () => Promise<number>;
}

/** Days from now for which it is said what will have gone by then. */
const FORECAST_DAYS = [0, 7, 30];
/** Things that a forecast counts. */
const MAX_COUNTED = 10_000;

export function retentionRoutes(deps: RetentionRouteDeps): Route[] {
  return [storage(deps), setQuota(deps), pin(deps, 'pin'), pin(deps, 'unpin')];
}

function storage({ store, inUse, freeBytes, ...deps }: RetentionRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/storage`,
    role: 'operator',
    summary: 'What the farm keeps and for how long, and what goes when',
    response: storageViewSchema,
    handler: async () => {
      const { queries } = store.database;
      const policy = deps.policy();
      const { rows } = await sql<{ n: number; bytes: number | null }>`
        select count(*) as n, sum(size_bytes) as bytes from images where removed_ms is null`.execute(
        queries,
      );
      const forecast = [];
      for (const inDays of FORECAST_DAYS) {
        const nowMs = Date.now() + inDays * DAY_MS;
        const which = { nowMs, limit: MAX_COUNTED, inUse: await inUse() };
        let submissions = 0;
        for (const removal of REMOVALS) {
          const ids = await removableSubmissions(queries, policy, removal, which);
          submissions = Math.max(submissions, ids.length);
        }
        const images = (await removableImages(queries, policy, which)).length;
        forecast.push({ inDays, submissions, images });
      }
      const images = { count: Number(rows[0]?.n ?? 0), bytes: Number(rows[0]?.bytes ?? 0) };
      const tenants = await store.tenants.usage();
      return { policy, images, tenants, forecast, freeBytes: await freeBytes() };
    },
  });
}

function setQuota({ store }: RetentionRouteDeps): Route {
  return jsonRoute({
    method: 'put',
    path: `${API_BASE}/tenants/:tenant/quota`,
    role: 'admin',
    summary: 'The most that a tenant may have in the farm',
    params: z.strictObject({ tenant: tokenTenantSchema }),
    body: quotaRequestSchema,
    response: tenantUsageSchema,
    handler: async ({ params: { tenant }, body: { maxBytes, maxQueuedRuns } }) =>
      store.tenants.setQuota(tenant, {
        ...(maxBytes !== undefined && { maxBytes }),
        ...(maxQueuedRuns !== undefined && { maxQueuedRuns }),
      }),
  });
}

function pin({ store }: RetentionRouteDeps, what: 'pin' | 'unpin'): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/submissions/:id/${what}`,
    role: 'submitter',
    summary:
      what === 'pin'
        ? 'Keep all that a submission has for good'
        : 'Let a submission go as the policy says',
    params: z.strictObject({ id: submissionIdSchema }),
    response: submissionViewSchema,
    handler: async ({ params: { id }, principal }) => {
      const before = await store.submissions.get(id);
      if (!before) throw new FarmError('not_found', `There is no submission ${id}`);
      requireOwn(principal, before);
      if (what === 'pin' && before.removed?.consoles !== undefined) throw removed(id);
      // What has been removed meanwhile cannot be pinned.
      await store.database.queries
        .updateTable('submissions')
        .set({ pinned_by: what === 'pin' ? principal.name : null, revision: sql`revision + 1` })
        .where('id', '=', id)
        .where('consoles_removed_ms', 'is', null)
        .execute();
      return (await store.submissions.get(id)) ?? before;
    },
  });
}

function removed(id: string): FarmError {
  return new FarmError('gone', `the logs of ${id} have been removed: there is nothing to keep`);
}

function requireOwn(principal: Principal, { id, tenant }: { id: string; tenant: string }): void {
  if (principal.tenant === tenant || roleCovers(principal.role, 'operator')) return;
  throw new FarmError('forbidden', `${id} belongs to tenant ${tenant}: only it and operators may`);
}
