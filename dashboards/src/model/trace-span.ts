import type { SampleSpan } from '../api/trace-api.js';

/** Fewest samples that are shown: three of an instrument of 100 kHz are 30 µs. */
const FEWEST = 3;

/** Samples between two moments, within the trace and never too few to see. */
export function spanBetween(
  seconds: readonly [number, number],
  trace: { readonly sampleRateHz: number; readonly samples: number },
): SampleSpan {
  const [a, b] = [Math.min(...seconds), Math.max(...seconds)];
  const least = Math.min(FEWEST, trace.samples);
  const from = Math.min(
    Math.max(0, Math.floor(a * trace.sampleRateHz)),
    Math.max(0, trace.samples - least),
  );
  const to = Math.min(trace.samples, Math.max(from + least, Math.ceil(b * trace.sampleRateHz)));
  return { from, to };
}

/** The same place, three times as wide. */
export function wider({ from, to }: SampleSpan, samples: number): SampleSpan {
  const width = to - from;
  return { from: Math.max(0, from - width), to: Math.min(samples, to + width) };
}

const STEPS = [
  { unit: 'A', factor: 1e-6 },
  { unit: 'mA', factor: 1e-3 },
  { unit: 'µA', factor: 1 },
  { unit: 'nA', factor: 1e3 },
] as const;

/** A current in the unit that people would use: `12.3 mA`, `840 nA`. */
export function formatCurrent(ua: number): string {
  if (ua === 0) return '0\u202fµA';
  const step = STEPS.find(({ factor }) => Math.abs(ua * factor) >= 1) ?? {
    unit: 'nA',
    factor: 1e3,
  };
  return `${Number((ua * step.factor).toPrecision(4))}\u202f${step.unit}`;
}
