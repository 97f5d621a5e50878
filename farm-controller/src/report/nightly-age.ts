import { failureAge } from '@greenrack/farm-model';
import {
  type NightlyAge,
  newId,
  type SubmissionView,
  type TestResult,
} from '@greenrack/farm-protocol';
import { ofOrigin, type Queries, testIdOf } from '../store/for-stages.js';
import type { TestStore } from '../store/ports.js';
import type { AgeOf } from './nightly-report.js';

/** Results of one test that are looked at, the latest. */
const MAX_RESULTS = 100;
/** Ids begin with their time: prefix, underscore, ten digits. */
const TIME_DIGITS = 14;

/** Since when tests fail, up to a submission and on its branch. */
export function ageAt(
  { db, tests }: { readonly db: Queries; readonly tests: TestStore },
  { origin, tenant, finishedMs }: SubmissionView,
): AgeOf {
  const page = {
    limit: MAX_RESULTS,
    ...(finishedMs !== null && { cursor: newId('att', finishedMs + 1).slice(0, TIME_DIGITS) }),
  };
  return async ({ target, imageName, case: name }) => {
    const id = testIdOf({ target, image_name: imageName, case_name: name ?? '' });
    if (!(await tests.get(id))) return { testId: null, age: null };
    const { items, nextCursor } = await tests.history(id, page);
    const ids = [...new Set(items.map(({ submissionId }) => submissionId))];
    const of = { tenant, repository: origin?.repository, ref: origin?.ref };
    const here = await ofOrigin(db.selectFrom('submissions'), defined(of))
      .select('id')
      .where('id', 'in', ids)
      .execute();
    const own = new Set(here.map((row) => row.id));
    const results = items.filter(({ submissionId }) => own.has(submissionId));
    return { testId: id, age: ageOf(results, nextCursor !== null) };
  };
}

const defined = (of: {
  tenant: string;
  repository?: string | undefined;
  ref?: string | undefined;
}) => ({
  tenant: of.tenant,
  ...(of.repository !== undefined && { repository: of.repository }),
  ...(of.ref !== undefined && { ref: of.ref }),
});

function ageOf(results: readonly TestResult[], hasMore: boolean): NightlyAge | null {
  const age = failureAge(results, hasMore);
  if (!age) return null;
  const { builds, firstBad, lastGood, isWhole } = age;
  const good = lastGood ? placeOf(lastGood) : null;
  return { builds, firstBad: placeOf(firstBad), lastGood: good, whole: isWhole };
}

const placeOf = ({ submissionId, origin, atMs }: TestResult) => ({
  ...{ submissionId, sha: origin?.sha ?? null, atMs },
});
