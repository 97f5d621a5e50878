import { type BoundOrigin, boundOriginSchema, refSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Issuer } from './oidc-settings.js';

const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
/** Whole numbers come as text. */
const number = z
  .string()
  .regex(/^[1-9]\d{0,15}$/)
  .transform(Number)
  .pipe(z.number().max(Number.MAX_SAFE_INTEGER));

/**
 * What a token says of the job that it was made for. `sub` is not among it: its form differs by the age and the settings
 * of a repository, and names in it can become somebody else's. The ids cannot.
 */
export const claimsSchema = z.object({
  iss: z.string(),
  jti: z.string().min(1).max(500),
  iat: z.number().int(),
  exp: z.number().int(),
  repository: z.string().regex(/^[A-Za-z0-9_-]{1,100}\/[A-Za-z0-9._-]{1,100}$/),
  repository_id: number,
  repository_owner_id: number,
  ref: z.string().max(255),
  sha: commit,
  event_name: z.string().regex(/^[a-z_]{1,64}$/),
  run_id: number,
  run_attempt: number,
  job_workflow_ref: z.string().max(600).optional(),
  job_workflow_sha: commit.optional(),
});
export type WorkflowClaims = z.infer<typeof claimsSchema>;

/** The pull request whose merge was built; undefined for anything else. */
export function pullRequestOf({ ref }: Pick<WorkflowClaims, 'ref'>): number | undefined {
  const [, number] = /^refs\/pull\/([1-9]\d{0,9})\/merge$/.exec(ref) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The commits of a merge that GitHub made for a pull request. */
export interface MergedPull {
  readonly sha: string;
  readonly baseSha: string;
  /** The head is of another repository. */
  readonly fork: boolean;
}

/** What a session may speak for. @param merged - what was built is a merge of these */
export function originOf(
  claims: WorkflowClaims,
  { host }: Issuer,
  merged: MergedPull | undefined,
): BoundOrigin {
  const { repository, sha, ref, run_id, run_attempt } = claims;
  const pullRequest = pullRequestOf(claims);
  return boundOriginSchema.parse({
    ...{ sha: merged?.sha ?? sha, ...(merged && { baseSha: merged.baseSha }) },
    ...{ repository: `${host}/${repository}`, builtBy: 'github-actions' },
    ...(refSchema.safeParse(ref).success && { ref }),
    ...(pullRequest !== undefined && { pullRequest }),
    url: `https://${host}/${repository}/actions/runs/${run_id}/attempts/${run_attempt}`,
  });
}
