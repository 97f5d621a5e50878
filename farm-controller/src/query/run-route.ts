import {
  boardSerialSchema,
  pageOf,
  runDetailSchema,
  runIdSchema,
  runStateSchema,
  runViewSchema,
  submissionIdSchema,
  verdictSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { RunFilter } from '../store/ports.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { requireCancelRight } from './cancel-rights.js';
import type { QueryDeps } from './deps.js';
import { explained } from './explained-crash.js';
import { orNotFound } from './missing.js';
import { originOf, originQuery } from './origin-query.js';
import { pageQuery, pageRequest } from './paging.js';

type Deps = Pick<QueryDeps, 'store' | 'onCancelled' | 'explainWaiting' | 'explainCrash'>;
const BASE = `${API_BASE}/runs`;
const params = z.strictObject({ id: runIdSchema });

export function runRoutes(deps: Deps): Route[] {
  return [listRuns(deps), oneRun(deps), cancelRun(deps)];
}

const filterQuery = {
  submission: submissionIdSchema.optional(),
  state: runStateSchema.optional(),
  verdict: verdictSchema.optional(),
  board: boardSerialSchema.optional(),
  ...originQuery,
};
type FilterQuery = z.infer<z.ZodObject<typeof filterQuery>>;

function listRuns({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary: 'Runs, filtered by submission, state, verdict, board and origin',
    query: z.strictObject({ ...filterQuery, ...pageQuery }),
    response: pageOf(runViewSchema),
    handler: ({ query }) => store.runs.list(filterOf(query), pageRequest(query)),
  });
}

function filterOf({ submission, state, verdict, board, ...rest }: FilterQuery): RunFilter {
  const origin = originOf(rest);
  return {
    ...(Object.keys(origin).length > 0 && { origin }),
    ...(submission !== undefined && { submissionId: submission }),
    ...(state !== undefined && { state }),
    ...(verdict !== undefined && { verdict }),
    ...(board !== undefined && { boardSerial: board }),
  };
}

function oneRun(deps: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id`,
    role: 'viewer',
    summary: 'One run with its attempts, and why it waits',
    params,
    response: runDetailSchema,
    handler: async ({ params: { id } }) => {
      const detail = orNotFound(await deps.store.runs.detail(id), `run ${id}`);
      const waiting = detail.state === 'queued' ? await deps.explainWaiting(detail) : null;
      const attemptList = await Promise.all(
        detail.attemptList.map((attempt) => explained(deps, attempt, detail.imageSha256)),
      );
      return { ...detail, attemptList, waiting };
    },
  });
}

function cancelRun({ store, onCancelled }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/cancel`,
    sessions: true,
    role: 'submitter',
    summary: 'Cancel a run that has not finished',
    params,
    response: runViewSchema,
    handler: async ({ params: { id }, principal }) => {
      const run = orNotFound(await store.runs.get(id), `run ${id}`);
      const submission = await store.submissions.get(run.submissionId);
      requireCancelRight(principal, orNotFound(submission, `submission ${run.submissionId}`));
      const outcome = await store.runs.cancel(id, Date.now());
      if (outcome) await onCancelled(outcome);
      return orNotFound(await store.runs.get(id), `run ${id}`);
    },
  });
}
