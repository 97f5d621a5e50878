import type { PowerBounds } from '@greenrack/farm-protocol';
import type { MeasuredSpan, SpanMeasure } from './measure-span.js';

/** What became of a bound. What was not evaluated is no pass and no fail. */
export interface LimitOutcome {
  /** The bound in words: the same in every run. */
  readonly limit: string;
  readonly outcome: 'holds' | 'fails' | 'notEvaluated';
  /** For people: what was measured, or why nothing was. */
  readonly why: string;
}

/** A phase as it was found in a run. */
export interface MeasuredPhase {
  readonly name: string;
  /** Each time that it occurred. */
  readonly measured: readonly MeasuredSpan[];
  /** Why it did not. */
  readonly missing: string | undefined;
  /** Below this the instrument does not measure: a bound under it says nothing. */
  readonly floorUa: number;
}

type Figure = keyof PowerBounds;

const FIGURES: Readonly<
  Record<Figure, { name: string; unit: string; of(measure: SpanMeasure): number | undefined }>
> = {
  meanUa: { name: 'mean', unit: 'uA', of: ({ meanUa }) => meanUa },
  p99Ua: { name: 'p99', unit: 'uA', of: ({ quantiles }) => quantiles?.p99Ua },
  chargeUc: { name: 'charge', unit: 'uC', of: ({ chargeUc }) => chargeUc },
  energyMj: { name: 'energy', unit: 'mJ', of: ({ energyMj }) => energyMj },
  durationMs: { name: 'duration', unit: 'ms', of: ({ seconds }) => seconds * 1000 },
};
const WHY_ABSENT: Readonly<Partial<Record<Figure, string>>> = {
  energyMj: 'the supply is not known',
  p99Ua: 'it is too long for quantiles',
};

/** Judges a phase by its bounds. */
export function judgeLimits(bounds: PowerBounds, phase: MeasuredPhase): LimitOutcome[] {
  return (Object.keys(FIGURES) as Figure[]).flatMap((figure) => {
    const bound = bounds[figure];
    return bound === undefined ? [] : judge(figure, bound, phase);
  });
}

function judge(figure: Figure, bound: number, phase: MeasuredPhase): LimitOutcome {
  const { name, unit, of } = FIGURES[figure];
  const { measured, missing, floorUa } = phase;
  const limit = `${phase.name}: ${name} < ${bound} ${unit}`;
  const values = measured.flatMap((each) => (each.isValid ? [of(each.measure)] : []));
  const broken = values.find((value) => value !== undefined && value >= bound);
  const inWords = (value: number) => `${name} is ${Number(value.toPrecision(4))} ${unit}`;
  if (broken !== undefined)
    return { limit, outcome: 'fails', why: `${inWords(broken)}, not below ${bound}` };
  const isBlind = unit === 'uA' && bound < floorUa;
  const why =
    missing ??
    (isBlind ? `the instrument measures nothing below ${floorUa} uA` : undefined) ??
    measured.flatMap((each) => (each.isValid ? [] : [each.why]))[0] ??
    (values.includes(undefined) ? (WHY_ABSENT[figure] ?? 'it was not measured') : undefined);
  if (why !== undefined) return { limit, outcome: 'notEvaluated', why };
  return { limit, outcome: 'holds', why: inWords(Math.max(...values.map((value) => value ?? 0))) };
}
