import { boardLabelOf } from '@greenrack/farm-model';
import type { RunView } from '@greenrack/farm-protocol';

/** One run on the timeline, in shares of its whole width. */
export interface GanttBar {
  readonly run: RunView;
  readonly left: number;
  readonly width: number;
}

export interface GanttLane {
  readonly serial: string;
  readonly label: string;
  readonly bars: readonly GanttBar[];
  /** Share of the time that the board was busy with this submission. */
  readonly busy: number;
}

export interface Gantt {
  readonly beginMs: number;
  readonly endMs: number;
  readonly lanes: readonly GanttLane[];
  /** Runs that are left out, because more would only be a smear. */
  readonly leftOut: number;
}

/** Bars drawn at most. */
const MOST_BARS = 2000;
const natural = new Intl.Collator('en', { numeric: true });

/** Which board did what when; runs that still run reach up to `nowMs`. */
export function ganttOf(runs: Iterable<RunView>, nowMs: number): Gantt | undefined {
  const begun = [...runs].filter((run) => run.startedMs !== null && run.boardSerial !== null);
  if (begun.length === 0) return undefined;
  const end = (run: RunView) => run.finishedMs ?? nowMs;
  const beginMs = begun.reduce((least, run) => Math.min(least, run.startedMs ?? least), nowMs);
  const endMs = begun.reduce((most, run) => Math.max(most, end(run)), beginMs + 1);
  const whole = endMs - beginMs;
  const lanes = new Map<string, { label: string; bars: GanttBar[]; busy: number }>();
  for (const run of begun.slice(0, MOST_BARS)) {
    const serial = run.boardSerial ?? '';
    const lane = lanes.get(serial) ?? { label: boardLabelOf(run), bars: [], busy: 0 };
    const left = ((run.startedMs ?? beginMs) - beginMs) / whole;
    const width = Math.max(0, (end(run) - beginMs) / whole - left);
    lane.bars.push({ run, left, width });
    lane.busy += width;
    lanes.set(serial, lane);
  }
  return {
    beginMs,
    endMs,
    lanes: [...lanes]
      .map(([serial, lane]) => ({ serial, ...lane }))
      .sort((a, b) => natural.compare(a.label, b.label)),
    leftOut: Math.max(0, begun.length - MOST_BARS),
  };
}

/** Round moments for the scale: about five, in milliseconds since the beginning. */
export function ganttTicks(wholeMs: number): number[] {
  const raw = wholeMs / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const count = Math.floor(wholeMs / step);
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}
