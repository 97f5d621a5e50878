import {
  type CaseComparison,
  caseComparisonSchema,
  type NightlyReport,
  nightlyReportSchema,
  pageOf,
  type SubmissionView,
  submissionCreatedSchema,
  submissionViewSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi } from './farm-api.js';

const submissionPageSchema = pageOf(submissionViewSchema);

/** Runs a submission again, or what of it did not pass, or the runs that are named. Answers the new one's id. */
export async function rerunSubmission(
  api: FarmApi,
  id: string,
  what: { readonly only?: 'all' | 'failed'; readonly runs?: readonly string[] },
): Promise<string> {
  const path = `/submissions/${encodeURIComponent(id)}/rerun`;
  return (await api.http.ask(path, submissionCreatedSchema, what)).submission.id;
}

/** Runs one run again, in a new submission. Answers the new run's id. */
export async function rerunRun(api: FarmApi, id: string): Promise<string> {
  const path = `/runs/${encodeURIComponent(id)}/rerun`;
  const [run] = (await api.http.ask(path, submissionCreatedSchema)).runs;
  if (!run) throw new Error('the controller made a submission without a run');
  return run.id;
}

/** Submissions of the same branch, the newest first; of any, when nobody said what it was built from. */
export async function submissionsLike(
  api: FarmApi,
  { origin }: SubmissionView,
  signal: AbortSignal,
): Promise<readonly SubmissionView[]> {
  const query = new URLSearchParams({ limit: '50' });
  if (origin?.repository !== undefined) query.set('repository', origin.repository);
  if (origin?.ref !== undefined) query.set('ref', origin.ref);
  return (await api.http.get(`/submissions?${query}`, submissionPageSchema, signal)).items;
}

/** Cases that went another way than in the submission before. */
export function caseChanges(
  api: FarmApi,
  id: string,
  before: string,
  signal: AbortSignal,
): Promise<CaseComparison> {
  const query = new URLSearchParams({ before });
  const path = `/submissions/${encodeURIComponent(id)}/cases/compare?${query}`;
  return api.http.get(path, caseComparisonSchema, signal);
}

/** What has changed since the submission before, or since another one. */
export function nightlyOf(
  api: FarmApi,
  { id, against }: { readonly id: string; readonly against: string },
  signal: AbortSignal,
): Promise<NightlyReport> {
  const since = against === '' ? '' : `?against=${encodeURIComponent(against)}`;
  const path = `/submissions/${encodeURIComponent(id)}/nightly${since}`;
  return api.http.get(path, nightlyReportSchema, signal);
}
