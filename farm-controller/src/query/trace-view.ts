import type { Summary, TraceReader } from '@greenrack/farm-model';
import { FarmError, type TraceView, type TraceWindowView } from '@greenrack/farm-protocol';

/** Digits that no instrument has. */
const DIGITS = 6;

/** What a trace is. */
export function traceView(stream: string, { header, footer, samples }: TraceReader): TraceView {
  const { coding: _, ...meter } = header.meter;
  return {
    ...{ stream, startedAtMs: header.startedAtMs, samples, complete: footer !== undefined, meter },
    ...(footer && { footer }),
  };
}

/** What a window of it shows. @throws FarmError `invalid_request` for one that is empty */
export async function windowView(
  stream: string,
  trace: TraceReader,
  wanted: { from: number; to?: number | undefined; points: number },
): Promise<TraceWindowView> {
  const { samples, header } = trace;
  const { sampleRateHz, digitalLines } = header.meter;
  const span = { from: wanted.from, to: Math.min(samples, wanted.to ?? samples) };
  if (span.from >= span.to)
    throw new FarmError(
      'invalid_request',
      `from: expected a sample before ${span.to}, got ${span.from}; the trace has ${samples}`,
    );
  const { points, firstSample, samplesPerPoint } = await trace.window(span, wanted.points);
  return {
    ...{ stream, samples, sampleRateHz, firstSample, samplesPerPoint },
    ...columnsOf(points, digitalLines > 0),
    span: await spanOf(trace, span),
  };
}

function columnsOf({ min, max, mean, valid, clipped, high, low }: Summary, hasLines: boolean) {
  return {
    minUa: numbers(min),
    maxUa: numbers(max),
    meanUa: numbers(mean),
    valid: [...valid],
    clipped: [...clipped],
    anyHigh: hasLines ? [...high] : [],
    allHigh: hasLines ? [...low] : [],
  };
}

const numbers = (column: Float32Array): (number | null)[] =>
  Array.from(column, (ua) => (Number.isNaN(ua) ? null : Number(ua.toPrecision(DIGITS))));

async function spanOf(
  trace: TraceReader,
  span: { from: number; to: number },
): Promise<TraceWindowView['span']> {
  const { sampleRateHz, supply } = trace.header.meter;
  const { sumUa, valid, clipped } = await trace.sum(span);
  const chargeUc = sumUa / sampleRateHz;
  const missing = span.to - span.from - valid;
  const isWhole = missing === 0 && clipped === 0;
  return {
    ...span,
    seconds: (span.to - span.from) / sampleRateHz,
    chargeUc,
    meanUa: valid === 0 ? null : sumUa / valid,
    energyMj: supply && isWhole ? (chargeUc * supply.mv) / 1e6 : null,
    missing,
    clipped,
  };
}
