export { type Blame, blameOf, type Ending, isCurable } from './blame.js';
export { boardLabel, boardLabelOf } from './board-label.js';
export {
  beginningExecution,
  type CaseOutcome,
  caseOfExecution,
  endingExecution,
  executionName,
  type KnownCases,
  replacesEnd,
} from './case-executions.js';
export { isExpression, type LinePattern, linePattern, patternFault } from './line-pattern.js';
export { deviationOf, medianOf } from './median.js';
export { metricKindOf } from './metric-kind.js';
export {
  caseOutcome,
  decidingAttempt,
  type Outcome,
  outcomeOf,
  weighedByCases,
} from './outcome.js';
export { boardsOf, MAIN_ROLE, partsOf } from './run-parts.js';
export { gapCode, type ValueTable, valueTable } from './trace/sample-coding.js';
export { sealsOf, streamKind } from './streams.js';
export { UniqueNames } from './unique-names.js';
export { isAgainstCode, type Meaning, meaningOf, meaningOfAll } from './verdict-meaning.js';
export {
  compareCaseVerdicts,
  compareVerdicts,
  VERDICTS_BY_SEVERITY,
  worstVerdict,
} from './verdict-severity.js';
export { visibleText } from './visible-text.js';
export * from './no-web-socket.js';
