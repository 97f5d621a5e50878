import {
  FarmError,
  pageOf,
  type ScheduleDetail,
  scheduleDetailSchema,
  scheduleEventSchema,
  scheduleIdSchema,
  scheduleRequestSchema,
  scheduleViewSchema,
  submissionCreatedSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { createdBefore } from '../store/for-stages.js';
import { onceOf } from '../web/once.js';
import { pageQuery, pageRequest } from '../web/paging.js';
import { type Principal, roleCovers } from '../web/principal.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { type Schedule, type ScheduleStore, specOf } from './schedule-store.js';
import type { Scheduler } from './scheduler.js';

export interface ScheduleRouteDeps {
  readonly schedules: ScheduleStore;
  readonly scheduler: Scheduler;
}

const BASE = `${API_BASE}/schedules`;
const params = z.strictObject({ id: scheduleIdSchema });

/** What people do with schedules. */
export function scheduleRoutes(deps: ScheduleRouteDeps): Route[] {
  return [
    createSchedule(deps),
    listSchedules(deps),
    oneSchedule(deps),
    historyOfSchedule(deps),
    runSchedule(deps),
    order(deps, 'pause', 'Submit nothing more until it is resumed'),
    order(deps, 'resume', 'Go on with the next time'),
    deleteSchedule(deps),
  ];
}

function createSchedule({ schedules, scheduler }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'post',
    path: BASE,
    role: 'submitter',
    summary: 'Have a submission made again and again, over the newest images of a branch',
    body: scheduleRequestSchema,
    status: 201,
    response: scheduleDetailSchema,
    handler: async (ctx) => {
      const { body, principal } = ctx;
      const asking = { actor: principal.name, tenant: principal.tenant, once: onceOf(ctx, body) };
      return await detail(schedules, await scheduler.create(body, asking));
    },
  });
}

function listSchedules({ schedules }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary: 'Schedules, with what happened last',
    query: z.strictObject(pageQuery),
    response: pageOf(scheduleViewSchema),
    handler: ({ query }) => schedules.list(pageRequest(query)),
  });
}

function oneSchedule({ schedules }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id`,
    role: 'viewer',
    summary: 'One schedule, with its spec',
    params,
    response: scheduleDetailSchema,
    handler: ({ params: { id } }) => detail(schedules, id),
  });
}

function historyOfSchedule({ schedules }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id/history`,
    role: 'viewer',
    summary: 'What a schedule submitted and skipped, and who changed it; the newest first',
    params,
    query: z.strictObject(pageQuery),
    response: pageOf(scheduleEventSchema),
    handler: async ({ params: { id }, query }) => {
      await schedules.get(id);
      return await schedules.history(id, pageRequest(query));
    },
  });
}

function runSchedule({ schedules, scheduler }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/run`,
    role: 'submitter',
    summary: 'Submit now, whatever the time',
    params,
    status: 201,
    response: submissionCreatedSchema,
    handler: async (ctx) => {
      const { principal } = ctx;
      const { id, tenant } = requireOwn(principal, await schedules.get(ctx.params.id));
      const once = onceOf(ctx, {});
      const made = await scheduler.runNow(id, { actor: principal.name, tenant, once });
      const { submission, runs } = await createdBefore(schedules.queries, made);
      return { submission, runs };
    },
  });
}

function order(
  { schedules, scheduler }: ScheduleRouteDeps,
  what: 'pause' | 'resume',
  summary: string,
): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/${what}`,
    role: 'submitter',
    summary,
    params,
    response: scheduleDetailSchema,
    handler: async ({ params: { id }, principal }) => {
      requireOwn(principal, await schedules.get(id));
      await scheduler[what](id, principal.name);
      return await detail(schedules, id);
    },
  });
}

function deleteSchedule({ schedules, scheduler }: ScheduleRouteDeps): Route {
  return jsonRoute({
    method: 'delete',
    path: `${BASE}/:id`,
    role: 'submitter',
    summary: 'End a schedule for good; what it did stays to be seen',
    params,
    response: scheduleDetailSchema,
    handler: async ({ params: { id }, principal }) => {
      requireOwn(principal, await schedules.get(id));
      await scheduler.delete(id, principal.name);
      return await detail(schedules, id);
    },
  });
}

async function detail(schedules: ScheduleStore, id: string): Promise<ScheduleDetail> {
  const row = await schedules.get(id);
  return { ...(await schedules.view(row)), spec: specOf(row) };
}

/** Submitters may change what is their tenant's; operators everything. @throws FarmError `forbidden` */
function requireOwn(principal: Principal, row: Schedule): Schedule {
  if (principal.tenant === row.tenant || roleCovers(principal.role, 'operator')) return row;
  const message = `${row.id} belongs to tenant ${row.tenant}: only it and operators may change it`;
  throw new FarmError('forbidden', message);
}
