import {
  pageOf,
  runViewSchema,
  submissionIdSchema,
  submissionViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { requireCancelRight } from './cancel-rights.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';
import { originOf, originQuery } from './origin-query.js';
import { pageQuery, pageRequest } from './paging.js';

type Deps = Pick<QueryDeps, 'store' | 'onCancelled'>;
const BASE = `${API_BASE}/submissions`;
const params = z.strictObject({ id: submissionIdSchema });

export function submissionRoutes(deps: Deps): Route[] {
  return [
    listSubmissions(deps),
    oneSubmission(deps),
    runsOfSubmission(deps),
    cancelSubmission(deps),
  ];
}

function listSubmissions({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary: 'Submissions, the newest first, filtered by repository, ref, commit and pull request',
    query: z.strictObject({ ...originQuery, ...pageQuery }),
    response: pageOf(submissionViewSchema),
    handler: ({ query }) => store.submissions.list(pageRequest(query), originOf(query)),
  });
}

function oneSubmission({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id`,
    role: 'viewer',
    summary: 'One submission',
    params,
    response: submissionViewSchema,
    handler: async ({ params: { id } }) =>
      orNotFound(await store.submissions.get(id), `submission ${id}`),
  });
}

function runsOfSubmission({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id/runs`,
    role: 'viewer',
    summary: 'Runs of a submission',
    params,
    query: z.strictObject(pageQuery),
    response: pageOf(runViewSchema),
    handler: async ({ params: { id }, query }) => {
      orNotFound(await store.submissions.get(id), `submission ${id}`);
      return store.runs.list({ submissionId: id }, pageRequest(query));
    },
  });
}

function cancelSubmission({ store, onCancelled }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:id/cancel`,
    sessions: true,
    role: 'submitter',
    summary: 'Cancel what has not finished of a submission',
    params,
    response: submissionViewSchema,
    handler: async ({ params: { id }, principal }) => {
      requireCancelRight(
        principal,
        orNotFound(await store.submissions.get(id), `submission ${id}`),
      );
      const outcome = await store.submissions.cancel(id, Date.now());
      if (outcome) await onCancelled(outcome);
      return orNotFound(await store.submissions.get(id), `submission ${id}`);
    },
  });
}
