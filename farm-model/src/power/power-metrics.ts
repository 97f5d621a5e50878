import type { Metric } from '@greenrack/farm-protocol';
import type { SpanMeasure } from './measure-span.js';

/** Of what: a case or a phase, or the run as a whole. */
export interface MeasuredPart {
  readonly caseName?: string;
  readonly phase?: string;
  /** The phase begins and ends with lines of the meter: how long it takes is known to a sample. */
  readonly isTimed?: boolean;
}

/** The measures of a run or a part of it as metrics. The highest sample is none: it grows with the recording. */
export function powerMetrics(measure: SpanMeasure, part: MeasuredPart = {}): Metric[] {
  const { seconds, chargeUc, energyMj, meanUa, quantiles } = measure;
  const { caseName, phase, isTimed = false } = part;
  const figures: [string, Metric['unit'], number | undefined][] = [
    ['charge', 'uC', chargeUc],
    ['energy', 'mJ', energyMj],
    ['mean', 'uA', meanUa],
    ['floor', 'uA', quantiles?.floorUa],
    ['p99', 'uA', quantiles?.p99Ua],
    ['p99.9', 'uA', quantiles?.p999Ua],
    ['duration', 'us', isTimed ? seconds * 1e6 : undefined],
  ];
  return figures.flatMap(([name, unit, value]) =>
    value === undefined
      ? []
      : {
          name: phase === undefined ? `power.${name}` : `power.${phase}.${name}`,
          value,
          unit,
          direction: 'lower' as const,
          kind: 'noisy' as const,
          ...(caseName === undefined ? {} : { caseName }),
        },
  );
}
