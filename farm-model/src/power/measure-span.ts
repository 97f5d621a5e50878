import { samplesOf } from '../trace/exports.js';
import type { SampleSpan, TraceReader } from '../trace/trace-reader.js';
import { LogHistogram } from './log-histogram.js';

/** Neighbouring samples are alike: the error of a mean comes from means of parts, not from samples. */
const BATCHES = 32;
/** Five minutes at 100 kS/s: quantiles need every sample. */
const MAX_QUANTILE_SAMPLES = 30_000_000;
/** The supply may be wrong by so much. */
const SUPPLY_RANGE_MV = [500, 60_000] as const;

/** What was measured in a span. */
export interface SpanMeasure {
  readonly seconds: number;
  readonly chargeUc: number;
  /** Only where the supply is known. */
  readonly energyMj: number | undefined;
  readonly meanUa: number;
  /** Standard error of the mean; undefined for spans that are too short. */
  readonly meanErrorUa: number | undefined;
  /** Undefined for spans that are too long. */
  readonly quantiles: Quantiles | undefined;
  /** The highest sample: what the instrument's bandwidth leaves of it. */
  readonly peakUa: number;
}

export interface Quantiles {
  /** What it takes at rest; undefined below the instrument's floor. */
  readonly floorUa: number | undefined;
  readonly medianUa: number | undefined;
  readonly p99Ua: number;
  readonly p999Ua: number;
}

/** A measurement, or why there is none: a figure that may be wrong is no figure. */
export type MeasuredSpan =
  | { readonly isValid: true; readonly measure: SpanMeasure }
  | { readonly isValid: false; readonly why: string };

/** Measures a span of a trace that has ended. */
export async function measureSpan(trace: TraceReader, span: SampleSpan): Promise<MeasuredSpan> {
  const samples = span.to - span.from;
  if (samples <= 0) return { isValid: false, why: 'it is shorter than a sample' };
  if (span.from < 0 || span.to > trace.samples)
    return { isValid: false, why: 'it reaches beyond what was recorded' };
  const fault = trace.footer ? trace.footer.faults[0] : 'the recording was cut off';
  if (fault !== undefined) return { isValid: false, why: fault };
  const { sumUa, valid, clipped } = await trace.sum(span);
  if (valid < samples)
    return { isValid: false, why: `${samples - valid} of its ${samples} samples are missing` };
  if (clipped > 0)
    return { isValid: false, why: `the instrument was at its limit at ${clipped} samples` };
  return { isValid: true, measure: await measured(trace, span, sumUa) };
}

async function measured(trace: TraceReader, span: SampleSpan, sumUa: number): Promise<SpanMeasure> {
  const { sampleRateHz, supply } = trace.header.meter;
  const samples = span.to - span.from;
  const chargeUc = sumUa / sampleRateHz;
  const exact = samples > MAX_QUANTILE_SAMPLES ? undefined : await quantiles(trace, span);
  const isKnown = supply && supply.mv >= SUPPLY_RANGE_MV[0] && supply.mv <= SUPPLY_RANGE_MV[1];
  return {
    seconds: samples / sampleRateHz,
    chargeUc,
    energyMj: isKnown ? (chargeUc * supply.mv) / 1e6 : undefined,
    meanUa: sumUa / samples,
    meanErrorUa: await meanError(trace, span),
    quantiles: exact,
    peakUa: exact?.peakUa ?? (await peakAround(trace, span)),
  };
}

/** Of whole buckets, so of a little more than the span. */
async function peakAround(trace: TraceReader, span: SampleSpan): Promise<number> {
  const { points } = await trace.window(span, 1);
  return points.max.reduce((most, each) => Math.max(most, each), 0);
}

async function meanError(
  trace: TraceReader,
  { from, to }: SampleSpan,
): Promise<number | undefined> {
  const length = Math.floor((to - from) / BATCHES);
  if (length === 0) return undefined;
  const means: number[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const begin = from + i * length;
    means.push((await trace.sum({ from: begin, to: begin + length })).sumUa / length);
  }
  const mean = means.reduce((a, b) => a + b) / BATCHES;
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (BATCHES - 1);
  return Math.sqrt(variance / BATCHES);
}

async function quantiles(
  trace: TraceReader,
  span: SampleSpan,
): Promise<Quantiles & { peakUa: number }> {
  const { floorUa } = trace.header.meter;
  const histogram = new LogHistogram();
  let peakUa = 0;
  for await (const { columns } of samplesOf(trace, span)) {
    histogram.add(columns.currentUa);
    for (const ua of columns.currentUa) if (ua > peakUa) peakUa = ua;
  }
  const at = (q: number) => histogram.quantile(q) ?? 0;
  const aboveFloor = (ua: number) => (ua >= floorUa ? ua : undefined);
  return {
    floorUa: aboveFloor(at(0.05)),
    medianUa: aboveFloor(at(0.5)),
    p99Ua: at(0.99),
    p999Ua: at(0.999),
    peakUa,
  };
}
