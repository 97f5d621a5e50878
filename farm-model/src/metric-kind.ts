import type { Metric, MetricKind, MetricUnit } from '@greenrack/farm-protocol';

const KIND_OF_UNIT: Partial<Record<MetricUnit, MetricKind>> = {
  instructions: 'exact',
  cycles: 'near-exact',
};

/** How a metric behaves when nothing has changed: as it says itself, else as its unit suggests. */
export function metricKindOf({ kind, unit }: Pick<Metric, 'kind' | 'unit'>): MetricKind {
  return kind ?? KIND_OF_UNIT[unit] ?? 'noisy';
}
