import type { TestResult } from '@greenrack/farm-protocol';
import { meaningOf } from '../verdict-meaning.js';

/** Since when a test does not go well. */
export interface FailureAge {
  /** Builds in a row that it has not gone well, with the latest. */
  readonly builds: number;
  readonly firstBad: TestResult;
  /** Undefined when it has never passed, as far as one looked. */
  readonly lastGood: TestResult | undefined;
  /** One has looked at everything that there is. */
  readonly isWhole: boolean;
}

const isGood = ({ verdict }: TestResult) => verdict !== null && meaningOf(verdict) === 'good';
const isUnknown = ({ verdict }: TestResult) => verdict === null || meaningOf(verdict) === 'unknown';

/**
 * How old a failure is, from the results of its test, the latest first, and whether there are older ones. What says
 * nothing about the code is passed over. Undefined when the latest result is good.
 */
export function failureAge(
  results: readonly TestResult[],
  hasMore: boolean,
): FailureAge | undefined {
  const told = results.filter((result) => !isUnknown(result));
  const [latest] = told;
  if (!latest || isGood(latest)) return undefined;
  const lastGoodAt = told.findIndex(isGood);
  const bad = lastGoodAt < 0 ? told : told.slice(0, lastGoodAt);
  const builds = new Set(bad.map(({ submissionId }) => submissionId)).size;
  return {
    builds,
    firstBad: bad.at(-1) ?? latest,
    lastGood: told[lastGoodAt],
    isWhole: lastGoodAt >= 0 || !hasMore,
  };
}
