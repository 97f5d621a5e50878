export {
  analyseSeries,
  buildsOf,
  type MeasuredBuild,
  type MeasuredPoint,
  type SeriesAnalysis,
  type SeriesChange,
} from './analysis/analyse-series.js';
export { type ChangePoint, ChangeTrack } from './analysis/change-track.js';
export {
  compareSamples,
  type SampleComparison,
  type SampleSide,
} from './analysis/compare-samples.js';
export {
  type Confirmation,
  confirmationOf,
  firstPairs,
  type Interleaved,
  morePairs,
  PAIRS_OF_LOOKS,
} from './analysis/confirmation.js';
export { keptFindings } from './analysis/false-discoveries.js';
export { type NoiseProfile, noiseProfileOf } from './analysis/noise-profile.js';
export { rankTest } from './analysis/rank-test.js';
export { shareInterval } from './analysis/share-interval.js';
export { predictionPValue, SUSPECT_LEVEL } from './analysis/suspicion.js';
export {
  gaussian,
  NULL_KINDS,
  type NullKind,
  nullSeries,
  seededRandom,
} from './analysis/synthetic-series.js';
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
export * from './failures/index.js';
export * from './filter/index.js';
export {
  chooseFormat,
  extensionOf,
  IMAGE_EXTENSIONS,
  isImageName,
  richestFirst,
} from './image-names.js';
export { isExpression, type LinePattern, linePattern, patternFault } from './line-pattern.js';
export { plain, plainText } from './markdown.js';
export { deviationOf, medianOf } from './median.js';
export { metricKindOf } from './metric-kind.js';
export { type NightlyLinks, nightlyText, nightlyTitle } from './nightly-text.js';
export * from './no-web-socket.js';
export {
  caseOutcome,
  decidingAttempt,
  type Outcome,
  outcomeOf,
  weighedByCases,
} from './outcome.js';
export * from './policy/index.js';
export { judgeLimits, type LimitOutcome, type MeasuredPhase } from './power/limits.js';
export { LogHistogram } from './power/log-histogram.js';
export { type MeasuredSpan, measureSpan, type SpanMeasure } from './power/measure-span.js';
export { edgesOf, findPhase, type RunMarks } from './power/phases.js';
export { type MeasuredPart, powerMetrics } from './power/power-metrics.js';
export { removedWords } from './removed-words.js';
export { boardsOf, MAIN_ROLE, partsOf } from './run-parts.js';
export { sealsOf, streamKind } from './streams.js';
export * from './trace/index.js';
export { UniqueNames } from './unique-names.js';
export { isAgainstCode, type Meaning, meaningOf, meaningOfAll } from './verdict-meaning.js';
export {
  compareCaseVerdicts,
  compareVerdicts,
  VERDICTS_BY_SEVERITY,
  worstVerdict,
} from './verdict-severity.js';
export { visibleText } from './visible-text.js';
