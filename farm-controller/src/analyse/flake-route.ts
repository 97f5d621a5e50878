import { type FlakeReport, flakeReportSchema, targetNameSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Queries } from '../store/for-stages.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { flakesOf, readExecutions } from './flakes.js';

const DAY_MS = 86_400_000;

/** Tests that pass and fail with one and the same image. */
export function flakeRoute(db: Queries): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/flakes`,
    role: 'viewer',
    summary:
      'Tests that have passed and failed with one image: how often, and where more often than elsewhere',
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(30).default(14),
      target: targetNameSchema.optional(),
      image: z.string().min(1).max(128).optional(),
    }),
    response: flakeReportSchema,
    handler: async ({ query: { days, target, image } }): Promise<FlakeReport> => {
      const sinceMs = Date.now() - days * DAY_MS;
      const executions = await readExecutions(db, { sinceMs, target, image });
      const items = await flakesOf(executions);
      return { sinceMs, spanMs: days * DAY_MS, attempts: executions.length, items };
    },
  });
}
