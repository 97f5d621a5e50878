export {
  COMPARISONS,
  type ComparedRun,
  type Comparison,
  compareRuns,
} from './compare-runs.js';
export { type FailureAge, failureAge } from './failure-age.js';
export { type FailureGroup, failureGroups, normalisedMessage } from './failure-groups.js';
