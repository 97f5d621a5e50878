import { medianOf } from '@greenrack/farm-model';
import type { Metric } from '@greenrack/farm-protocol';
import type { MetricDifference, MissingCase } from './check-model.js';
import { failureKey, failuresOf, type RunFacts } from './run-facts.js';

/** Least change of a metric that is told, in percent. */
const LEAST_CHANGE_PERCENT = 1;

/** What a commit before this one had, of one suite on one target. */
export interface Base {
  readonly sha: string;
  readonly failures: ReadonlySet<string>;
  readonly cases: ReadonlyMap<string, CaseState>;
  readonly metrics: ReadonlyMap<string, MeasuredMetric>;
}
interface CaseState {
  readonly run: string;
  readonly name: string;
  readonly skipped: boolean;
}
interface MeasuredMetric extends Pick<Metric, 'name' | 'unit' | 'direction'> {
  readonly run: string;
  readonly caseName: string;
  /** On each board, each try. */
  readonly values: number[];
}

export function baseOf(sha: string, runs: readonly RunFacts[]): Base {
  return { sha, failures: failuresOf(runs), cases: casesOf(runs), metrics: metricsOf(runs) };
}

/**
 * Cases that the base had, and that are gone or skipped now, also those of a run that is gone. Where a run ended early,
 * what it did not come to is not gone.
 */
export function missingCases(runs: readonly RunFacts[], base: Base): MissingCase[] {
  const cut = new Set(runs.filter(({ endedEarly }) => endedEarly).map(({ name }) => name));
  const now = casesOf(runs);
  return [...base.cases].flatMap(([key, { run, name, skipped }]): MissingCase[] => {
    const here = now.get(key);
    if (!here) return cut.has(run) ? [] : [{ run, name, how: 'removed' }];
    return here.skipped && !skipped ? [{ run, name, how: 'skipped' }] : [];
  });
}

/** Of a case that runs on several boards, it is skipped when it is so on all. */
function casesOf(runs: readonly RunFacts[]): Map<string, CaseState> {
  const found = new Map<string, CaseState>();
  for (const { name: run, known } of runs)
    for (const { name, verdict } of known) {
      const key = failureKey(run, name);
      const skipped = verdict === 'skipped' && (found.get(key)?.skipped ?? true);
      found.set(key, { run, name, skipped });
    }
  return found;
}

/** Metrics that changed, the largest change for the worse first. Whether it is more than noise is not told by one commit. */
export function metricDifferences(runs: readonly RunFacts[], base: Base): MetricDifference[] {
  const differences: MetricDifference[] = [];
  for (const [key, { values, ...metric }] of metricsOf(runs)) {
    const before = base.metrics.get(key);
    if (!before || before.unit !== metric.unit) continue;
    const [was, is] = [medianOf(before.values), medianOf(values)];
    const percent = was === 0 ? (is === 0 ? 0 : Infinity) : ((is - was) / Math.abs(was)) * 100;
    if (Math.abs(percent) < LEAST_CHANGE_PERCENT) continue;
    const isWorse = metric.direction !== 'none' && is > was === (metric.direction === 'lower');
    differences.push({ ...metric, was, is, percent, isWorse });
  }
  return differences.sort(
    (a, b) =>
      Number(b.isWorse) - Number(a.isWorse) || Math.abs(b.percent) - Math.abs(a.percent) || 0,
  );
}

function metricsOf(runs: readonly RunFacts[]): Map<string, MeasuredMetric> {
  const found = new Map<string, MeasuredMetric>();
  for (const { name: run, metrics } of runs)
    for (const { name, unit, direction, caseName = '', value } of metrics) {
      const key = JSON.stringify([run, caseName, name]);
      const same = found.get(key);
      if (same) same.values.push(value);
      else found.set(key, { run, caseName, name, unit, direction, values: [value] });
    }
  return found;
}
