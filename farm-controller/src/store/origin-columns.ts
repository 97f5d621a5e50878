import type { Origin } from '@greenrack/farm-protocol';
import type { SelectQueryBuilder } from 'kysely';
import type { OriginFilter } from './ports.js';
import type { FarmTables, SubmissionRow } from './schema.js';

type OriginColumns = Pick<
  SubmissionRow,
  'origin_json' | 'repository' | 'ref' | 'sha' | 'pull_request'
>;

/** An origin as it is stored: whole, and beside it what is looked for. */
export function originColumns(origin: Origin | undefined): OriginColumns {
  return {
    origin_json: origin ? JSON.stringify(origin) : null,
    repository: origin?.repository ?? null,
    ref: origin?.ref ?? null,
    sha: origin?.sha ?? null,
    pull_request: origin?.pullRequest ?? null,
  };
}

type Submissions<O> = SelectQueryBuilder<FarmTables, 'submissions', O>;

/** Submissions of these commits. */
export function ofOrigin<O>(
  query: Submissions<O>,
  { repository, ref, sha, pullRequest, tenant }: OriginFilter,
): Submissions<O> {
  let found = query;
  if (repository !== undefined) found = found.where('submissions.repository', '=', repository);
  if (ref !== undefined) found = found.where('submissions.ref', '=', ref);
  // A range, not a pattern: the index serves it, and no digit is greater than f.
  if (sha !== undefined)
    found = found.where('submissions.sha', '>=', sha).where('submissions.sha', '<', `${sha}g`);
  if (pullRequest !== undefined) found = found.where('submissions.pull_request', '=', pullRequest);
  if (tenant !== undefined) found = found.where('submissions.tenant', 'in', [tenant].flat());
  // The indexes are over submissions with a commit only.
  const isAsked = repository ?? ref ?? sha ?? pullRequest;
  return isAsked === undefined ? found : found.where('submissions.sha', 'is not', null);
}
