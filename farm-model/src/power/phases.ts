import type { PowerAnchor, PowerPhase } from '@greenrack/farm-protocol';
import { samplesOf } from '../trace/exports.js';
import type { SampleSpan, TraceReader } from '../trace/trace-reader.js';

/** Occurrences of a phase that are measured. */
const MAX_OCCURRENCES = 16;
/** Changes of lines that are kept in mind; more are no phases. */
const MAX_EDGES = 200_000;
/** A start code may be so much longer or shorter than it should be. */
const PULSE_TOLERANCE = 0.25;

/** What happened beside the meter, in samples of the trace. */
export interface RunMarks {
  readonly console: readonly { readonly text: string; readonly sample: number }[];
  readonly cases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** A change of one line. */
export interface LineEdge {
  readonly line: number;
  readonly isRise: boolean;
  readonly sample: number;
}

interface KnownOfRun {
  readonly marks: RunMarks;
  readonly edges: readonly LineEdge[];
  readonly sampleRateHz: number;
}

/** Where a phase stands in a trace. */
export interface FoundPhase {
  readonly spans: readonly SampleSpan[];
  /** Why there are none. */
  readonly missing: string | undefined;
}

/**
 * All changes of the lines of a trace that a phase asks for, in their order.
 * @throws Error when they are too many
 */
export async function edgesOf(trace: TraceReader, { from, to }: PowerPhase): Promise<LineEdge[]> {
  const lines = [...new Set([from?.line, to?.line])].filter((line) => line !== undefined);
  const mask = lines.reduce((bits, line) => bits | (1 << line), 0);
  const edges: LineEdge[] = [];
  if (mask === 0) return edges;
  let before: number | undefined;
  for await (const { first, columns } of samplesOf(trace, { from: 0, to: trace.samples }))
    for (let i = 0; i < columns.digital.length; i++) {
      const now = (columns.digital[i] ?? 0) & mask;
      const changed = now ^ (before ?? now);
      before = now;
      if (changed === 0) continue;
      if (edges.length >= MAX_EDGES) throw new Error(`its lines change over ${MAX_EDGES} times`);
      for (const line of lines)
        if ((changed >> line) & 1)
          edges.push({ line, isRise: ((now >> line) & 1) === 1, sample: first + i });
    }
  return edges;
}

/** Finds where a phase stands: each beginning with the first end behind it. */
export function findPhase(phase: PowerPhase, known: KnownOfRun): FoundPhase {
  const perMs = known.sampleRateHz / 1000;
  const samplesIn = (ms = 0) => Math.round(ms * perMs);
  const begins = phase.from ? placesOf(phase.from, known) : [0];
  const ends = phase.to && placesOf(phase.to, known);
  const spans: SampleSpan[] = [];
  for (const begin of begins) {
    if (begin < (spans.at(-1)?.to ?? 0)) continue;
    if (spans.length === MAX_OCCURRENCES) break;
    const from = begin + samplesIn(phase.skipMs);
    const to = ends ? ends.find((end) => end > from) : from + samplesIn(phase.forMs);
    // One that recurs is still under way when the recording ends.
    if (to === undefined) break;
    spans.push({ from, to });
  }
  if (spans.length > 0) return { spans, missing: undefined };
  return { spans, missing: `its ${begins.length === 0 ? 'beginning' : 'end'} did not come` };
}

function placesOf(anchor: PowerAnchor, { marks, edges, sampleRateHz }: KnownOfRun): number[] {
  const { console: text, caseBegin, caseEnd, line, edge, pulseMs } = anchor;
  if (text !== undefined)
    return marks.console.filter((each) => each.text.includes(text)).map(({ sample }) => sample);
  if (caseBegin !== undefined)
    return marks.cases.filter(({ name }) => name === caseBegin).map(({ from }) => from);
  if (caseEnd !== undefined)
    return marks.cases.filter(({ name }) => name === caseEnd).map(({ to }) => to);
  const own = edges.filter((each) => each.line === line);
  const isWanted =
    pulseMs === undefined
      ? ({ isRise }: LineEdge) => isRise === (edge === 'rise')
      : ({ isRise, sample }: LineEdge, i: number) => {
          const length = sample - (own[i - 1]?.sample ?? Number.NEGATIVE_INFINITY);
          const share = length / ((pulseMs * sampleRateHz) / 1000);
          return !isRise && Math.abs(share - 1) <= PULSE_TOLERANCE;
        };
  return own.filter(isWanted).map(({ sample }) => sample);
}
