import {
  edgesOf,
  findPhase,
  judgeLimits,
  type LimitOutcome,
  type MeasuredPart,
  type MeasuredSpan,
  measureSpan,
  powerMetrics,
  type RunMarks,
  type SampleSpan,
  type SpanMeasure,
  type TraceReader,
} from '@greenrack/farm-model';
import type { EventBody, MeterInfo, PowerPhase } from '@greenrack/farm-protocol';
import { messageOf } from '../deadline.js';
import type { ConsoleLine } from './console-lines-of.js';

/** Measures of more cases than these are left to whoever reads the trace. */
const MAX_CASES = 100;

/** A case, in µs since the attempt began. */
export interface CaseStretch {
  readonly name: string;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface RecordedRun {
  readonly trace: TraceReader;
  readonly cases: readonly CaseStretch[];
  readonly lines: readonly ConsoleLine[];
  readonly phases: readonly PowerPhase[];
  /** The sample that was taken at a moment. */
  place(us: number): number;
}

export interface PowerReport {
  emit(body: EventBody): void;
  note(text: string): void;
}

/** Measures a run, its cases and its phases, and judges the phases by their bounds. */
export async function evaluatePower(
  { trace, cases, lines, phases, place }: RecordedRun,
  report: PowerReport,
): Promise<LimitOutcome[]> {
  const marks: RunMarks = {
    console: lines.map(({ text, atUs }) => ({ text, sample: place(atUs) })),
    cases: cases.map(({ name, fromUs, toUs }) => ({ name, from: place(fromUs), to: place(toUs) })),
  };
  const measure = async (span: SampleSpan, called: string, part: MeasuredPart) =>
    await measured({ trace, span, part, called }, report);
  await measure({ from: 0, to: trace.samples }, 'the run', {});
  for (const { name, ...span } of marks.cases.slice(0, MAX_CASES))
    await measure(span, name, { caseName: name });
  const outcomes: LimitOutcome[] = [];
  for (const phase of phases) {
    const { name, from, to, below = {} } = phase;
    const { spans, missing } = await found(phase, trace, marks);
    const part = { phase: name, isTimed: from?.line !== undefined && to?.line !== undefined };
    const all: MeasuredSpan[] = [];
    for (const span of spans) all.push(await measure(span, `phase ${name}`, part));
    if (missing !== undefined) report.note(`phase ${name} is not evaluated: ${missing}`);
    const first = all.find((each) => each.isValid);
    if (first) report.note(`phase ${name}: ${inWords(first.measure, trace.header.meter)}`);
    const { floorUa } = trace.header.meter;
    outcomes.push(...judgeLimits(below, { name, measured: all, missing, floorUa }));
  }
  return outcomes;
}

async function found(phase: PowerPhase, trace: TraceReader, marks: RunMarks) {
  try {
    const edges = await edgesOf(trace, phase);
    return findPhase(phase, { marks, edges, sampleRateHz: trace.header.meter.sampleRateHz });
  } catch (error) {
    return { spans: [], missing: messageOf(error) };
  }
}

async function measured(
  {
    trace,
    span,
    part,
    called,
  }: { trace: TraceReader; span: SampleSpan; part: MeasuredPart; called: string },
  { emit, note }: PowerReport,
): Promise<MeasuredSpan> {
  const measure = await measureSpan(trace, span);
  if (measure.isValid)
    for (const metric of powerMetrics(measure.measure, part)) emit({ type: 'metric', metric });
  else note(`${called} is not evaluated: ${measure.why}`);
  return measure;
}

/** What has no series of its own: errors, the highest sample and what it depends on. */
function inWords(measure: SpanMeasure, { bandwidthHz, supply }: MeterInfo): string {
  const { seconds, meanUa, meanErrorUa, peakUa } = measure;
  const error = meanErrorUa === undefined ? '' : ` ± ${short(meanErrorUa)}`;
  const voltage = supply ? `supply ${supply.mv} mV (${supply.basis})` : 'supply unknown';
  const peak = `peak ${short(peakUa)} µA within ${short(bandwidthHz / 1000)} kHz`;
  return `mean ${short(meanUa)}${error} µA over ${short(seconds * 1000)} ms, ${peak}, ${voltage}`;
}

const short = (value: number): number => Number(value.toPrecision(4));
