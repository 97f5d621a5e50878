import { type Confirmation, confirmationOf } from '@greenrack/farm-model';
import type { ChangeMetricRow, ChangeStepRow, Queries } from '../store/for-stages.js';
import { StepReader } from './step-values.js';

/** What the runs of a step said. */
export interface Judgement {
  readonly outcome: NonNullable<ChangeStepRow['outcome']>;
  /** By series; those that the runs did not measure are left out. */
  readonly metrics: ReadonlyMap<string, Confirmation>;
}

/** Judges a step by all that was run of the same two images. @param metrics - whose shift is looked for */
export async function judgeStep(
  db: Queries,
  steps: readonly ChangeStepRow[],
  metrics: readonly ChangeMetricRow[],
): Promise<Judgement> {
  const reader = await StepReader.open(db, steps);
  if (reader.countOf('A') === 0) return { outcome: 'broken', metrics: new Map() };
  const noisy = metrics.filter(({ kind }) => kind !== 'exact').length;
  const judged = new Map<string, Confirmation>();
  for (const { series_id, kind, before_value, after_value } of metrics) {
    const values = await reader.valuesOf(series_id);
    if (values.good.length === 0 || values.bad.length === 0) continue;
    const rises = after_value > before_value;
    judged.set(series_id, confirmationOf({ ...values, kind, rises, among: noisy }));
  }
  return { outcome: outcomeOf(judged, reader.countOf('B') > 0), metrics: judged };
}

/** One metric that moved is enough: the others may have come along by chance. */
function outcomeOf(judged: Judgement['metrics'], hasRun: boolean): Judgement['outcome'] {
  const outcomes = new Set([...judged.values()].map(({ outcome }) => outcome));
  if (outcomes.has('confirmed')) return 'confirmed';
  if (outcomes.has('more')) return 'more';
  if (outcomes.has('refuted')) return 'refuted';
  return hasRun ? 'untestable' : 'broken';
}

/** The metric by which builds are told apart: an exact one, or the one that stands out the most. */
export function bestMetric(metrics: readonly ChangeMetricRow[]): ChangeMetricRow | undefined {
  const usable = metrics.filter(({ outcome }) => outcome !== 'refuted');
  const share = ({ before_value: a, after_value: b }: ChangeMetricRow) =>
    Math.abs(b - a) / Math.max(Math.abs(a), Number.MIN_VALUE);
  const isExact = ({ kind }: ChangeMetricRow) => Number(kind === 'exact');
  return usable.sort((a, b) => isExact(b) - isExact(a) || a.p - b.p || share(b) - share(a))[0];
}
