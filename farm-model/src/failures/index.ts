export { type ComparedCase, compareCases } from './compare-cases.js';
export {
  byComparison,
  COMPARISONS,
  type ComparableRun,
  type ComparedRun,
  type Comparison,
  changeOf,
  compareRuns,
} from './compare-runs.js';
export { type FailureAge, failureAge } from './failure-age.js';
export { type FailureGroup, failureGroups, normalisedMessage } from './failure-groups.js';
