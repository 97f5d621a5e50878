import type { Metric } from '@greenrack/farm-protocol';
import type { SpanMeasure } from './measure-span.js';

/** The measures of a run, or of one of its cases, as metrics. The highest sample is none: it grows with the recording. */
export function powerMetrics(measure: SpanMeasure, caseName?: string): Metric[] {
  const { chargeUc, energyMj, meanUa, quantiles } = measure;
  const figures: [string, Metric['unit'], number | undefined][] = [
    ['power.charge', 'uC', chargeUc],
    ['power.energy', 'mJ', energyMj],
    ['power.mean', 'uA', meanUa],
    ['power.floor', 'uA', quantiles?.floorUa],
    ['power.p99', 'uA', quantiles?.p99Ua],
    ['power.p99.9', 'uA', quantiles?.p999Ua],
  ];
  return figures.flatMap(([name, unit, value]) =>
    value === undefined
      ? []
      : {
          name,
          value,
          unit,
          direction: 'lower' as const,
          kind: 'noisy' as const,
          ...(caseName === undefined ? {} : { caseName }),
        },
  );
}
