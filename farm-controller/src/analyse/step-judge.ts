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
  { kind, metrics }: { kind: ChangeStepRow['kind']; metrics: readonly ChangeMetricRow[] },
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
  // One metric that moved confirms a change. Where it came in is told by the first one alone.
  const telling = kind === 'confirm' ? metrics : metrics.slice(0, 1);
  const said = telling.flatMap(({ series_id }) => judged.get(series_id)?.outcome ?? []);
  return { outcome: outcomeOf(new Set(said), reader.countOf('B') > 0), metrics: judged };
}

function outcomeOf(
  outcomes: ReadonlySet<Confirmation['outcome']>,
  hasRun: boolean,
): Judgement['outcome'] {
  if (outcomes.has('confirmed')) return 'confirmed';
  if (outcomes.has('more')) return 'more';
  if (outcomes.has('refuted')) return 'refuted';
  return hasRun ? 'untestable' : 'broken';
}

/**
 * Metrics that the runs of a step are asked for, the most telling first: to confirm, those that no runs have shown yet; to
 * bisect, the best of those that have been shown, and with an exact one the other exact ones.
 */
export function askedMetrics(
  kind: ChangeStepRow['kind'],
  metrics: readonly ChangeMetricRow[],
): readonly ChangeMetricRow[] {
  const wanted = kind === 'confirm' ? null : 'confirmed';
  const usable = metrics.filter(({ outcome }) => outcome === wanted);
  const best = bestMetric(usable);
  if (!best) return [];
  const others = usable.filter(({ series_id }) => series_id !== best.series_id);
  const isAsked = (one: ChangeMetricRow) => kind === 'confirm' || isExact(one);
  return [best, ...(kind === 'confirm' || isExact(best) ? others.filter(isAsked) : [])];
}

export const isExact = ({ kind }: Pick<ChangeMetricRow, 'kind'>): boolean => kind === 'exact';

/** The metric by which builds are told apart: an exact one, or the one that stands out the most. */
export function bestMetric(metrics: readonly ChangeMetricRow[]): ChangeMetricRow | undefined {
  const usable = metrics.filter(({ outcome }) => outcome !== 'refuted');
  const share = ({ before_value: a, after_value: b }: ChangeMetricRow) =>
    Math.abs(b - a) / Math.max(Math.abs(a), Number.MIN_VALUE);
  const exactness = (one: ChangeMetricRow) => Number(isExact(one));
  return usable.sort((a, b) => exactness(b) - exactness(a) || a.p - b.p || share(b) - share(a))[0];
}
