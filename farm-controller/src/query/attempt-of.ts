import { FarmError, runIdSchema, type StreamData } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';

/** Where everything of one attempt is. */
export const ATTEMPT_PATH = `${API_BASE}/runs/:id/attempts/:number`;
export const attemptParamsSchema = z.strictObject({
  id: runIdSchema,
  number: z.coerce.number().int().min(1).max(1000),
});
type AttemptParams = z.infer<typeof attemptParamsSchema>;
type Deps = Pick<QueryDeps, 'store'>;

/** The attempt that a path names. @throws FarmError `not_found` */
export async function findAttempt({ store }: Deps, { id, number }: AttemptParams) {
  return orNotFound(await store.attempts.byNumber(id, number), `attempt ${number} of run ${id}`);
}

/** An attempt of which data of this kind is there. @throws FarmError `gone` */
export async function findKept(deps: Deps, params: AttemptParams, kind: StreamData) {
  const attempt = await findAttempt(deps, params);
  const run = await deps.store.runs.get(params.id);
  const submission = run && (await deps.store.submissions.get(run.submissionId));
  const removedMs = submission?.removed?.[kind];
  if (removedMs === undefined) return attempt;
  const day = new Date(removedMs).toISOString().slice(0, 10);
  const message = `${kind} of ${submission?.id} were removed by policy on ${day}; verdicts, cases and numbers are kept`;
  throw new FarmError('gone', message);
}
